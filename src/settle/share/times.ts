/** The later of two times in nanoseconds. */
export function laterOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

/** Compares two times in nanoseconds. */
export function compareNs(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The digits of a time in a sort key: enough for every unsigned 64-bit number. */
const digits = 20
const greatest = 99_999_999_999_999_999_999n

/** A time in nanoseconds as text of 20 digits: the earlier the time, the smaller the text. */
export function earliestFirst(ns: bigint): string {
  return ns.toString().padStart(digits, '0')
}

/** A time in nanoseconds as text of 20 digits: the later the time, the smaller the text. */
export function latestFirst(ns: bigint): string {
  return earliestFirst(greatest - ns)
}
