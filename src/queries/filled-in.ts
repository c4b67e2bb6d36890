/**
 * Writes a statement as a person can run it: without its comment, and with its parameters filled in as literals. A backslash
 * means nothing in a literal of PostgreSQL (`standard_conforming_strings`), so that only quotes are doubled.
 */
export function filledIn(sql: string, values: readonly unknown[]): string {
  return sql
    .replace(/^(--[^\n]*\n)+/, '')
    .trim()
    .replace(/\$(\d+)/g, (place, number: string) =>
      Number(number) <= values.length ? literal(values[Number(number) - 1]) : place,
    )
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `array[${value.map(literal).join(', ')}]`
  const text = value instanceof Date ? value.toISOString() : String(value)
  return `'${text.replaceAll("'", "''").replaceAll('\u0000', '')}'`
}
