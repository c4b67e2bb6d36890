/** The key of the arguments of a span that does not have them. */
export const unknownArguments = ''

/** The key of the arguments that a tool span has: equal for equal JSON, in whichever order the names of arguments came. */
export function argumentKey(json: string | null): string {
  return json === null ? unknownArguments : canonical(JSON.parse(json))
}

/**
 * The keys that the arguments of a request may have in a span, the key of all arguments first: a span may have the
 * values without their names, or the only value alone. None where the request has no arguments.
 */
export function requestKeys(json: string | null): readonly string[] {
  if (json === null) return []
  const asked: unknown = JSON.parse(json)
  const values: unknown[] = typeof asked === 'object' && asked !== null ? Object.values(asked) : []
  return [canonical(asked), canonical(values), ...(values.length === 1 ? [canonical(values[0])] : [])]
}

/** The same text for the same JSON. A number or boolean is written as text: it may have become text on its way. */
function canonical(json: unknown): string {
  if (typeof json !== 'object') return JSON.stringify(String(json))
  if (json === null) return 'null'
  if (Array.isArray(json)) return `[${json.map(canonical).join(',')}]`
  const fields = json as Record<string, unknown>
  const written = Object.keys(fields)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(fields[name])}`)
  return `{${written.join(',')}}`
}
