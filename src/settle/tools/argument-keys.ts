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
  return JSON.stringify(json, (_, value: unknown) => {
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  })
}
