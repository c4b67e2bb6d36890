import { z } from 'zod'
import type { Columnar } from '../answers/common.ts'

/** A kind of row: its columns in their order, and the schemas of one row and of many. */
export interface RowSchema<Row extends object> {
  readonly columns: readonly (keyof Row & string)[]
  readonly one: z.ZodType<Row>
  /** The schema of each column. */
  readonly shape: { readonly [Name in keyof Row]: z.ZodType<Row[Name]> }
  /** The parts of an answer that has such rows by position. */
  readonly parts: {
    readonly columns: z.ZodType<readonly (keyof Row & string)[]>
    readonly rows: z.ZodType<readonly (readonly Row[keyof Row][])[]>
  }
}

/** Describes a kind of row by the schemas of its columns, of which the type of the row has each. */
export function rowSchema<Row extends object>(
  shape: { readonly [Name in keyof Row]: z.ZodType<Row[Name]> },
): RowSchema<Row> {
  const columns = Object.keys(shape) as (keyof Row & string)[]
  const cells = Object.values(shape) as [z.ZodType, ...z.ZodType[]]
  const names = columns.map((name) => z.literal(name)) as unknown as typeof cells
  return {
    columns,
    shape,
    one: z.strictObject(shape as Record<string, z.ZodType>) as unknown as z.ZodType<Row>,
    parts: {
      columns: z.tuple(names) as unknown as z.ZodType<readonly (keyof Row & string)[]>,
      rows: z.array(z.tuple(cells)) as unknown as z.ZodType<readonly (readonly Row[keyof Row][])[]>,
    },
  }
}

/** Writes rows by position, in the order of their columns. */
export function columnar<Row extends object>({ columns }: RowSchema<Row>, rows: readonly Row[]): Columnar<Row> {
  return { columns, rows: rows.map((row) => columns.map((name) => row[name])) }
}

/** The cells of a row in a CSV file, in the order of the columns. */
export function cellsOf<Row extends object>({ columns }: RowSchema<Row>, row: Row): (string | null)[] {
  return columns.map((name) => (row[name] === null ? null : String(row[name])))
}

/** RFC 3339 in UTC. */
export const time: z.ZodType<string> = z.string().regex(/^\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
/** Whole nano-dollars as decimal text. */
export const nanoDollars: z.ZodType<string> = z.string().regex(/^-?\d+$/)
export const text: z.ZodType<string> = z.string()
export const wholeNumber: z.ZodType<number> = z.int()
export const maybeText: z.ZodType<string | null> = z.string().nullable()
export const maybeCount: z.ZodType<number | null> = z.int().nullable()
export const maybeTime: z.ZodType<string | null> = time.nullable()
export const yes: z.ZodType<boolean> = z.boolean()
