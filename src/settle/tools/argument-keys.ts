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
  if (typeof asked !== 'object' || asked === null) return [canonical(asked), listOf([])]
  const values = Object.values(asked).map(canonical)
  const all = Array.isArray(asked) ? listOf(values) : objectOf(Object.keys(asked), values)
  return values.length === 1 ? [all, listOf(values), values[0]!] : [all, listOf(values)]
}

/** The same text for the same JSON. A number or boolean is written as text: it may have become text on its way. */
function canonical(json: unknown): string {
  if (typeof json !== 'object') return JSON.stringify(String(json))
  if (json === null) return 'null'
  const values = Object.values(json).map(canonical)
  return Array.isArray(json) ? listOf(values) : objectOf(Object.keys(json), values)
}

function listOf(values: readonly string[]): string {
  return `[${values.join(',')}]`
}

/** Fields in the order of their names, which differ: what stands behind a name decides nothing. */
function objectOf(names: readonly string[], values: readonly string[]): string {
  const fields = names.map((name, i) => `${JSON.stringify(name)}:${values[i]!}`)
  // most tools have one argument, and to sort a list takes a third of what all else does
  if (fields.length > 1) fields.sort()
  return `{${fields.join(',')}}`
}
