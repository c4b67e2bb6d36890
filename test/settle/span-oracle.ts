import type { Facts } from '../../src/map/facts/facts.ts'

/**
 * Spans of one tool from several origins, which start while the first of them runs, with one call id, or with the same arguments where an id is unknown:
 * in the order of time each joins the first run in which it is the only one of its origin. With the better ones: those
 * that have the id, then those that name their arguments, then those that have any. `all` are in the order of time.
 */
export function lesserSpans(all: readonly Facts[]): Map<Facts, Facts> {
  const runs: Facts[][] = []
  for (const span of all.filter(({ source, kind, tool }) => source === 'span' && kind === 'tool' && tool?.name)) {
    const mine = runs.find(
      ([first, ...more]) => span.startNs <= first!.endNs && [first!, ...more].every((other) => isOneRun(other, span)),
    )
    if (mine === undefined) runs.push([span])
    else mine.push(span)
  }
  const worth = ({ tool }: Facts) =>
    [tool!.callId !== null, tool!.input?.startsWith('{') === true, tool!.input !== null].map(Number).join('')
  return new Map(
    runs.flatMap((run) => {
      const [best] = [...run].sort((a, b) => worth(b).localeCompare(worth(a)))
      return run.filter((span) => span !== best).map((span) => [span, best!] as const)
    }),
  )
}

function isOneRun(a: Facts, b: Facts): boolean {
  const [x, y] = [a.tool!, b.tool!]
  if (a.origin === b.origin || x.name !== y.name) return false
  if (x.callId !== null && y.callId !== null) return x.callId === y.callId
  return x.input === null || y.input === null || isForm(x.input, y.input) || isForm(y.input, x.input)
}

/** Whether these are the arguments, their values alone, or the only value. */
function isForm(whole: string, form: string): boolean {
  const asked: unknown = JSON.parse(whole)
  const values = typeof asked === 'object' && asked !== null ? Object.values(asked) : []
  return [asked, values, ...(values.length === 1 ? values : [])].map(plain).includes(plain(JSON.parse(form)))
}

/** Equal for equal JSON, whatever the order of keys; a number may have become text. */
export function plain(json: unknown): string {
  if (Array.isArray(json)) return `[${json.map(plain).join()}]`
  if (typeof json === 'object' && json !== null)
    return `{${Object.entries(json)
      .map(([key, value]) => `${key}:${plain(value)}`)
      .sort()
      .join()}}`
  return json === null ? 'null' : JSON.stringify(String(json))
}
