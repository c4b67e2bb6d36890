import type { RunRows } from '../../transaction/read/read-run.ts'
import type { ExpectedRows } from './recorded-steps.ts'

/** Compares the rows with what the workflow did: a sentence for each difference. */
export function differences(expected: ExpectedRows, rows: RunRows): string[] {
  return (Object.keys(expected) as (keyof ExpectedRows)[]).flatMap((table) => {
    const [wanted, found] = [expected[table], rows[table]]
    if (wanted.length !== found.length)
      return [`${table}: the workflow did what makes ${wanted.length} rows, there are ${found.length}`]
    return wanted.flatMap((row, i) => different(row, found[i]!).map((what) => `${table}, row ${i + 1}: ${what}`))
  })
}

function different<Row extends object>(wanted: Partial<Row>, found: Row): string[] {
  return (Object.keys(wanted) as (keyof Row)[])
    .filter((column) => wanted[column] !== found[column])
    .map((column) => `${String(column)} is ${text(found[column])}, but it was ${text(wanted[column])}`)
}

function text(value: unknown): string {
  return JSON.stringify(value)
}
