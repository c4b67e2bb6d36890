/**
 * What the answers of the page's API have in common. The files beside this one have types alone: the server makes the
 * answers and the page reads them. Rows that a statement gives as they are have their types in `queries/rows`. Money is a
 * whole number of nano-dollars (10⁻⁹ USD) as decimal text. Times are RFC 3339 in UTC, exact to the microsecond. `sql` is
 * the statement behind an answer, with its parameters filled in.
 */

/** The body of every answer that is no success. */
export interface ErrorAnswer {
  readonly error: {
    /** A slug: `unauthenticated`, `forbidden`, `not-found`, `wrong-parameter`, `unavailable`, `too-slow`, `sql-failed`, … */
    readonly code: string
    readonly message: string
    /** What to do about it; '' where the message says all. */
    readonly hint: string
  }
}

/** Rows by position: `rows[i][j]` is the value of `columns[j]`. */
export interface Columnar<Row extends object> {
  readonly columns: readonly (keyof Row & string)[]
  readonly rows: readonly (readonly Row[keyof Row][])[]
}
