/**
 * Writes a statement as a person can run it: without its comment and the conditions that are off, and with its parameters
 * filled in as literals. A backslash means nothing in a literal of PostgreSQL (`standard_conforming_strings`), so that only
 * quotes are doubled.
 */
export function filledIn(sql: string, values: readonly unknown[]): string {
  return withoutUnusedConditions(sql.replace(/^(--[^\n]*\n)+/, '').trim(), values).replace(
    /\$(\d+)/g,
    (place, number: string) => (Number(number) <= values.length ? literal(values[Number(number) - 1]) : place),
  )
}

/** `and ($1::text is null or t.status = $1)`, a line of its own: off where the parameter is null. */
const optional = /^( *)(where|and) \(\$(\d+)::\w+ is null or (.*)\)$/

function withoutUnusedConditions(sql: string, values: readonly unknown[]): string {
  const lines = sql.split('\n').flatMap((line) => {
    const [, indent, word, number, condition] = optional.exec(line) ?? []
    if (number === undefined || Number(number) > values.length) return [line]
    const isOff = (values[Number(number) - 1] ?? null) === null
    if (isOff) return word === 'where' ? [`${indent}where true`] : []
    return [`${indent}${word} ${/ or /.test(condition!) ? `(${condition})` : condition}`]
  })
  return lines.join('\n')
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `array[${value.map(literal).join(', ')}]`
  const text = value instanceof Date ? value.toISOString() : String(value)
  return `'${text.replaceAll("'", "''").replaceAll('\u0000', '')}'`
}
