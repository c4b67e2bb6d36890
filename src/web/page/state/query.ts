/** The keys by which runs are filtered, in the order in which they are printed. */
export const filterKeys = [
  'status',
  'user',
  'session',
  'model',
  'provider',
  'mode',
  'tool',
  'agent',
  'workflow',
  'since',
  'until',
] as const

export type FilterKey = (typeof filterKeys)[number]

/** What a list of runs is filtered by; `text` is searched for in full. */
export type ListFilter = Readonly<Partial<Record<FilterKey, string>>> & { readonly text?: string }

/** Reads a query such as `status:FAILED user:"Ann B" refund`; words without a known key are text. */
export function parseQuery(query: string): ListFilter {
  const filter: { -readonly [key in keyof ListFilter]: string } = {}
  const words: string[] = []
  for (const [, key, quoted, plain] of query.matchAll(/(?:([a-z]+):)?(?:"((?:\\.|[^"\\])*)"|(\S+))/g)) {
    const value = quoted === undefined ? plain! : quoted.replaceAll(/\\(.)/gs, '$1')
    const known = filterKeys.find((one) => one === key)
    if (known !== undefined) filter[known] = value
    else words.push(key === undefined ? value : `${key}:${value}`)
  }
  if (words.length > 0) filter.text = words.join(' ')
  return filter
}

/** Prints a filter so that `parseQuery` reads the same one. */
export function printQuery(filter: ListFilter): string {
  const parts = filterKeys.flatMap((key) => {
    const value = filter[key]
    return value === undefined ? [] : [`${key}:${quote(value)}`]
  })
  if (filter.text !== undefined) parts.push(quoteText(filter.text))
  return parts.join(' ')
}

function quote(value: string): string {
  return /^[^\s"\\]+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`
}

/** Words are printed as they are, unless they would be read as something else. */
function quoteText(text: string): string {
  const isPlain = /^[^\s":\\]+( [^\s":\\]+)*$/.test(text)
  return isPlain ? text : `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}
