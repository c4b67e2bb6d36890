/**
 * Returns one field of all rows, as a parameter of a statement. What a transaction does for each of its rows is written as
 * this, as a loop, or with a function that is made once: V8 keeps the optimized code of a function only as long as one of
 * its closures lives, so a closure of each transaction is compiled again after each collection of all garbage.
 */
export function column<Row, Name extends keyof Row>(rows: readonly Row[], name: Name): Row[Name][] {
  const values: Row[Name][] = []
  for (const row of rows) values.push(row[name])
  return values
}
