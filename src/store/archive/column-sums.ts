import type { ArchiveColumn } from './archive-columns.ts'

/** How many values a column has that are not null, and what they add up to: numbers and times, the lengths of texts in bytes. */
export interface ColumnSum {
  count: number
  whole: bigint
  fraction: number
}

/** Sums of nothing. */
export function emptySums(columns: readonly ArchiveColumn[]): ColumnSum[] {
  return columns.map(() => ({ count: 0, whole: 0n, fraction: 0 }))
}

/** Adds the values of a column, as they are written or as they are read back. */
export function addValues(sum: ColumnSum, { element }: ArchiveColumn, values: ArrayLike<unknown>): void {
  let whole = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === null || value === undefined) continue
    sum.count += 1
    if (typeof value === 'bigint') sum.whole += value
    else if (element.type === 'DOUBLE') sum.fraction += value as number
    else whole += weightOf(value, element.type_length)
  }
  sum.whole += BigInt(whole)
}

/** A whole number, small enough that those of a row group can be added without loss. */
function weightOf(value: unknown, fixedLength: number | undefined): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  if (fixedLength === undefined)
    return typeof value === 'string' ? Buffer.byteLength(value) : (value as Uint8Array).length
  // the end of a UUID
  if (typeof value === 'string') return Number.parseInt(value.slice(-8), 16)
  const bytes = value as Uint8Array
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(bytes.byteLength - 4)
}

/** Returns the names of the columns whose sums differ. */
export function differingColumns(
  columns: readonly ArchiveColumn[],
  written: readonly ColumnSum[],
  read: readonly ColumnSum[],
): string[] {
  const isSame = (a: ColumnSum, b: ColumnSum) =>
    a.count === b.count && a.whole === b.whole && Object.is(a.fraction, b.fraction)
  return columns.filter((_, i) => !isSame(written[i]!, read[i]!)).map(({ name }) => name)
}
