/** Writes parameters as the text that PostgreSQL reads, as node-postgres does. */
export function parametersAsText(values: readonly unknown[]): (string | null)[] {
  return values.map((value) => (value === null || value === undefined ? null : asText(value)))
}

function asText(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(element).join(',')}}`
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function element(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const text = asText(value)
  return Array.isArray(value) ? text : `"${text.replace(/[\\"]/g, '\\$&')}"`
}
