import { absolute } from '../../reconcile/amounts.ts'

/** The part of a whole in percent, with two digits: `-0.50`. */
export function percentOf(part: bigint, whole: bigint): string {
  if (whole === 0n) return part === 0n ? '0.00' : ''
  const hundredths = (part * 10_000n) / absolute(whole)
  const digits = absolute(hundredths).toString().padStart(3, '0')
  return `${hundredths < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}
