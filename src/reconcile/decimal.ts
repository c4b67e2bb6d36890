import { scaled } from './amounts.ts'
import { Unreadable } from './unreadable.ts'

const decimal = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/
/** An export has no number with more digits; a longer one would only cost time. */
const mostDigits = 80
const nanoDigits = 9

/**
 * Reads decimal text as a whole number of units of 10^-`digits`, rounded half to even: `0.34090000000000000`, `59200.0`,
 * `3.7e-5`. No float takes part. Throws `Unreadable` for text that is no number.
 */
export function readDecimal(text: string, digits: number): bigint {
  const [whole, sign, before = '', after = '', exponent = '0'] = decimal.exec(text.trim()) ?? []
  const figures = before + after
  if (whole === undefined || figures === '' || figures.length > mostDigits)
    throw new Unreadable(`${JSON.stringify(text)} is no decimal number`)
  const shift = digits - after.length + Number(exponent)
  const value = BigInt(figures)
  const size = shift >= 0 ? value * 10n ** BigInt(shift) : scaled(value, 1n, 10n ** BigInt(-shift))
  return sign === '-' ? -size : size
}

/** Nano-dollars of an amount in dollars. */
export function dollarsOf(text: string): bigint {
  return readDecimal(text, nanoDigits)
}

/** Nano-dollars of an amount in cents. */
export function centsOf(text: string): bigint {
  return readDecimal(text, nanoDigits - 2)
}

/** Nano-dollars of an amount in another currency at `rate` dollars each. */
export function convertedOf(text: string, rate: string): bigint {
  const precise = 18
  return scaled(readDecimal(text, nanoDigits) * readDecimal(rate, precise), 1n, 10n ** BigInt(precise))
}

/** A count; `perUnit` says how many tokens a unit is, where the unit is a thousand or a million of them. */
export function countOf(text: string, perUnit = 1n): bigint {
  const precise = 12
  return scaled(readDecimal(text, precise) * perUnit, 1n, 10n ** BigInt(precise))
}
