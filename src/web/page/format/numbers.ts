const whole = new Intl.NumberFormat('en-US')
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 })
const percent = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 })

/** Stands where nothing is known. */
export const nothing = '–'

export function count(value: number | string | null | undefined): string {
  return value === null || value === undefined ? nothing : whole.format(BigInt(value))
}

/** `1234567` → `1.2M` */
export function short(value: number | null | undefined): string {
  return value === null || value === undefined ? nothing : compact.format(value)
}

/** A part in percent: what is something, and not all, is shown neither as 0% nor as 100%. */
export function share(part: number, of: number): string {
  if (of === 0) return nothing
  if (part > 0 && part / of < 0.0005) return '<0.1%'
  return part < of && part / of >= 0.9995 ? '>99.9%' : percent.format(part / of)
}

export function ratio(value: number | null | undefined): string {
  return value === null || value === undefined ? nothing : percent.format(value)
}

/**
 * Whole nano-dollars as dollars. Without `digits`, from a dollar on two behind the point, below it as many as it takes:
 * no cost is shown as nothing.
 */
export function money(nano: string | bigint | null | undefined, digits?: number): string {
  if (nano === null || nano === undefined || nano === '') return nothing
  const value = BigInt(nano)
  if (value === 0n) return '$0'
  const size = value < 0n ? -value : value
  return `${value < 0n ? '−' : ''}$${fixed(size, digits ?? digitsOf(size))}`
}

function digitsOf(nano: bigint): number {
  if (nano >= 1_000_000_000n) return 2
  if (nano >= 10_000_000n) return 4
  return nano >= 1000n ? 6 : 9
}

/** Whole nano-dollars as dollars, to the last digit. */
export function exactMoney(nano: string | bigint): string {
  const value = BigInt(nano)
  const text = fixed(value < 0n ? -value : value, 9).replace(/0{1,7}$/, '')
  return `${value < 0n ? '−' : ''}$${text}`
}

function fixed(nano: bigint, digits: number): string {
  const unit = 10n ** BigInt(9 - digits)
  const rounded = (nano + unit / 2n) / unit
  const scale = 10n ** BigInt(digits)
  return `${whole.format(rounded / scale)}.${(rounded % scale).toString().padStart(digits, '0')}`
}

/** Dollars as a number, for plots alone. */
export function dollars(nano: string): number {
  return Number(BigInt(nano)) / 1e9
}

export function sumMoney(values: Iterable<string>): string {
  let sum = 0n
  for (const value of values) sum += BigInt(value)
  return sum.toString()
}
