/** Each wanted one with a row of its own, found by the first test that finds one; complete if none is left on either side. */
export function paired<W, R>(
  wanted: readonly W[],
  rows: readonly R[],
  tests: readonly ((want: W, row: R) => boolean)[],
) {
  const left = [...rows]
  const pairs: (readonly [W, R])[] = []
  for (const want of wanted) {
    const found = tests.map((test) => left.findIndex((row) => test(want, row))).find((index) => index >= 0)
    if (found !== undefined) pairs.push([want, left.splice(found, 1)[0]!])
  }
  return { pairs, complete: left.length === 0 && pairs.length === wanted.length }
}

/** The same instant, however the database has cut or rounded the nanoseconds. */
export function near(iso: string, microseconds: number | null): boolean {
  const whole = Date.parse(`${iso.slice(0, 19)}Z`) * 1000
  return within(microseconds, whole + Number(iso.slice(20, 26)), 1)
}

/** Both are there, and no further apart than this. */
export function within(actual: number | null, expected: number | null, tolerance: number): boolean {
  return actual !== null && expected !== null && Math.abs(actual - expected) <= tolerance
}

/** Recordings and rows may differ in the white space around a text. */
export function trimmed(text: string | null | undefined): string | null {
  return text?.trim() ?? null
}

/** Equal bags are equal texts, in whatever order. */
export function bag(values: readonly (string | null)[]): string {
  return [...values].sort().join(' | ')
}

/** The sum of one number of each row. */
export function sum<T>(rows: readonly T[], value: (row: T) => number): number {
  return rows.reduce((total, row) => total + value(row), 0)
}

/** JSON with its keys sorted, so that equal values are equal texts. */
export function json(value: unknown): string | undefined {
  const sorted = (_: string, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort())
      : inner
  return JSON.stringify(value, sorted)
}
