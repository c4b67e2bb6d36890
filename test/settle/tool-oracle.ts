import type { Facts, ToolAnswer, ToolAsk } from '../../src/map/facts/facts.ts'
import { toolRuns } from './durable.ts'
import { byStart, type Judged } from './oracle.ts'
import { plain } from './span-oracle.ts'

/** A tool run that has a row. */
export interface Ran {
  /** The span or record whose row it is. */
  readonly node: string
  readonly source: 'span' | 'messages'
  readonly name: string
  readonly callId: string | null
  readonly input: string | null
  readonly output: string | null
  readonly success: boolean | null
}

interface Said<T> {
  readonly facts: Facts
  readonly said: T
}

/** What one trace says of one call id. */
interface Call {
  readonly id: string
  /** In the order of time. */
  readonly asks: readonly Said<ToolAsk>[]
  readonly answers: readonly Said<ToolAnswer>[]
  /** A span or record of the run states this id. */
  readonly isStated: boolean
  /** Null where the trace doesn't name its tool, or it ran in an earlier turn or another trace. */
  readonly name: string | null
}

/**
 * Which tools ran in a trace, the slow and obvious way: over the whole set at once, each rule as its sentence says it,
 * nothing shared with the code under test.
 */
export function toolsThatRan(all: readonly Judged[]): Ran[] {
  const facts = all.map((one) => one.facts).sort(byStart)
  const calls = callsIn(facts)
  const spans = [...toolRuns(all)].sort(byStart)
  const pairs = pair(spans, calls)
  const records = all
    .filter(({ facts: one, inner }) => one.source === 'record' && one.kind === 'tool' && !inner)
    .map((one) => one.facts)
    .filter((record) => counterpart(facts, record) === null)
  const asked = calls.filter(({ isStated, name, answers }) => !isStated && name !== null && answers.length > 0)
  const paired = new Set(pairs.values())
  const answered = aliases(calls, paired)
  const known = (call: Call | undefined) => (call === undefined ? undefined : (answered.get(call) ?? call))
  const isRepeated = (call: Call) => [...answered.values()].some(({ repeated }) => repeated === call)
  return [
    ...[...spans, ...records].map((one) =>
      ofSpan(one, {
        call: known(pairs.get(one) ?? callOf(calls, one, otherReports(all, one))),
        other: counterpart(facts, one),
        inner: otherReports(all, one),
      }),
    ),
    ...asked.filter((call) => !paired.has(call) && !isRepeated(call)).map(ofMessages),
  ]
}

function callsIn(facts: readonly Facts[]): Call[] {
  const ids = new Set(
    facts.flatMap(({ tool, asks, answers }) => [
      ...(tool?.callId == null ? [] : [tool.callId]),
      ...[...asks, ...answers].map(({ callId }) => callId),
    ]),
  )
  return [...ids].map((id) => {
    const asks = facts.flatMap((one) => said(one, one.asks, id))
    const answers = facts.flatMap((one) => said(one, one.answers, id))
    const isRequested = asks.some(({ facts: { answers: own } }) => !own.some(({ callId }) => callId === id))
    const isTold = answers.length === 0 || isRequested || answers.some((one) => !one.said.repeated)
    const ofThisTurn = (asks.length > 0 ? asks : answers).some((one) => !one.said.earlier)
    const name = bestAsk(asks)?.name ?? answers.find((one) => one.said.name !== null)?.said.name ?? null
    return {
      id,
      asks,
      answers,
      isStated: facts.some(({ tool }) => tool?.callId === id),
      name: ofThisTurn && isTold ? name : null,
    }
  })
}

function said<T extends { readonly callId: string }>(facts: Facts, list: readonly T[], id: string): Said<T>[] {
  const one = list.find(({ callId }) => callId === id)
  return one === undefined ? [] : [{ facts, said: one }]
}

function callOf(calls: readonly Call[], one: Facts, inner: readonly Facts[]): Call | undefined {
  const stated = [one, ...inner].find(({ tool }) => tool!.callId !== null)
  return calls.find(({ id }) => id === stated?.tool?.callId)
}

/** The inner sides of a run, then the lesser reports beside it with theirs. */
function otherReports(all: readonly Judged[], one: Facts): Facts[] {
  const beside = all.filter(({ better }) => better === one).map(({ facts }) => facts)
  return [...inside(all, one), ...beside.sort(byStart).flatMap((lesser) => [lesser, ...inside(all, lesser)])]
}

/** The inner sides of a run from the outermost inwards; of two beside each other the later one. */
function inside(all: readonly Judged[], one: Facts): Facts[] {
  const spans = all.filter(({ outer, facts }) => outer === one && facts.source === 'span' && facts.kind === 'tool')
  const last = spans
    .map(({ facts }) => facts)
    .sort(byStart)
    .at(-1)
  return last === undefined ? [] : [last, ...inside(all, last)]
}

/** The first with arguments, then with anything, then with an empty object, then with none. */
function bestAsk(asks: readonly Said<ToolAsk>[]): ToolAsk | null {
  const worth = ({ input }: ToolAsk) => (input === null ? 3 : input === '{}' ? 2 : input.startsWith('{') ? 0 : 1)
  return asks.map((one) => one.said).sort((a, b) => worth(a) - worth(b))[0] ?? null
}

/** One that failed, and of these one with an output. */
function bestAnswer(all: readonly Said<ToolAnswer>[]): Said<ToolAnswer> | null {
  const failed = all.filter((one) => one.said.failed)
  const answers = failed.length > 0 ? failed : all
  return answers.find((one) => one.said.output !== null) ?? answers[0] ?? null
}

/**
 * Spans and calls that no id joins. One to one and in the order of time, within a name: first spans with the arguments of
 * a call, then those without any. Then spans that don't name their tool, by their arguments, whatever the call's name.
 */
function pair(spans: readonly Facts[], calls: readonly Call[]): Map<Facts, Call> {
  const pairs = new Map<Facts, Call>()
  const isKnown = ({ tool }: Facts) =>
    calls.some(({ id, asks, answers }) => id === tool!.callId && asks.length + answers.length > 0)
  const lone = spans.filter((span) => !isKnown(span))
  const open = calls.filter(({ isStated, asks, name }) => !isStated && asks.length > 0 && name !== null).sort(byAsking)
  const take = (span: Facts, fits: (call: Call) => boolean) => {
    const at = open.findIndex(fits)
    if (at >= 0) pairs.set(span, open.splice(at, 1)[0]!)
  }
  const [withInput, without] = [
    lone.filter(({ tool }) => tool!.input !== null),
    lone.filter(({ tool }) => tool!.input === null),
  ]
  for (const span of withInput.filter(({ tool }) => tool!.name !== null))
    take(span, (call) => call.name === span.tool!.name && hasArguments(call, span))
  for (const span of without.filter(({ tool }) => tool!.name !== null))
    take(span, (call) => call.name === span.tool!.name)
  for (const span of withInput.filter(({ tool }) => tool!.name === null)) take(span, (call) => hasArguments(call, span))
  return pairs
}

/**
 * A call that a model asked for and a span ran, which no message answers, and one of the same name and arguments that
 * no model asked for and no span ran, which is answered where it is asked for: they are one, one to one in the order of
 * time. The first ones, with the answers of the others.
 */
function aliases(calls: readonly Call[], paired: ReadonlySet<Call>): Map<Call, Call & { readonly repeated: Call }> {
  const found = new Map<Call, Call & { readonly repeated: Call }>()
  const isRetold = ({ asks, answers }: Call) =>
    asks.every((ask) => answers.some((answer) => answer.facts === ask.facts))
  const asked = calls.filter(({ asks, name }) => asks.length > 0 && name !== null).sort(byAsking)
  const ran = asked.filter((call) => (call.isStated || paired.has(call)) && call.answers.length === 0)
  const left = asked.filter((call) => !call.isStated && !paired.has(call) && call.answers.length > 0 && isRetold(call))
  for (const repeated of left) {
    const input = bestAsk(repeated.asks)!.input
    const call = ran.find((one) => {
      const asked = bestAsk(one.asks)!.input
      if (found.has(one) || one.name !== repeated.name || asked === null || input === null) return false
      return plain(JSON.parse(asked)) === plain(JSON.parse(input))
    })
    if (call !== undefined) found.set(call, { ...call, answers: repeated.answers, repeated })
  }
  return found
}

function byAsking(a: Call, b: Call): number {
  const [x, y] = [a.asks[0]!.facts, b.asks[0]!.facts]
  if (x !== y) return byStart(x, y)
  return a.id < b.id ? -1 : 1
}

/** The span has what the model asked with: all of it, the values alone, or the only value. */
function hasArguments({ asks }: Call, { tool }: Facts): boolean {
  const input = bestAsk(asks)!.input
  if (input === null) return false
  const asked: unknown = JSON.parse(input)
  const values = typeof asked === 'object' && asked !== null ? Object.values(asked) : []
  const forms = [asked, values, ...(values.length === 1 ? values : [])].map(plain)
  return forms.includes(plain(JSON.parse(tool!.input!)))
}

/** The span and the record of one run without an id in common: of those that one span names, the k-th of each kind. */
function counterpart(facts: readonly Facts[], one: Facts): Facts | null {
  const ofTool = facts.filter(({ tool }) => tool?.name === one.tool!.name)
  const records = (id: string) => facts.filter((other) => isRecord(other) && other.parent === id)
  const place =
    one.source === 'record' ? one.parent : [one.id, one.parent].find((id) => id !== '' && records(id).length > 0)
  if (place === undefined || place === '') return null
  const naming = ofTool.filter((other) => isRecord(other) && other.parent === place)
  const spans = spansAt(facts, place).filter((span) => ofTool.includes(span))
  const [own, others] = one.source === 'record' ? [naming, spans] : [spans, naming]
  const k = own.indexOf(one)
  return k < 0 ? null : (others[k] ?? null)
}

function isRecord({ source, kind }: Facts): boolean {
  return source === 'record' && kind === 'tool'
}

/** The tool's span of this id, else those below it that no record names. One on a cycle is below none. */
function spansAt(facts: readonly Facts[], id: string): Facts[] {
  const itself = facts.find((one) => one.id === id)
  if (itself?.kind === 'tool') return [itself]
  const isNamed = (span: Facts) => facts.some((one) => isRecord(one) && one.parent === span.id)
  return facts.filter(
    (one) => one.source === 'span' && one.kind === 'tool' && one.parent === id && !isNamed(one) && !onCycle(facts, one),
  )
}

function onCycle(facts: readonly Facts[], one: Facts): boolean {
  const seen = new Set<Facts>()
  let at: Facts | undefined = one
  while (at !== undefined && !seen.has(at)) {
    seen.add(at)
    const { parent }: Facts = at
    at = facts.find(({ id }) => id === parent)
    if (at === one) return true
  }
  return false
}

interface Around {
  readonly call: Call | undefined
  readonly other: Facts | null
  readonly inner: readonly Facts[]
}

function ofSpan(one: Facts, { call, other, inner }: Around): Ran {
  const tool = one.tool!
  const told = other?.tool
  const answer =
    (call && bestAnswer(call.answers)?.said) ??
    (told ? { output: told.error ?? told.output, failed: !told.success } : null)
  const asked = (call && bestAsk(call.asks)?.input) ?? told?.input ?? null
  return {
    node: one.id,
    source: 'span',
    name: tool.name ?? call?.name ?? one.name,
    callId: call?.id ?? tool.callId,
    input: asked !== null && !tool.input?.startsWith('{') ? asked : tool.input,
    output: tool.output ?? answer?.output ?? null,
    success:
      one.open && answer === null ? null : tool.success && !answer?.failed && inner.every((i) => i.tool!.success),
  }
}

/** The row stands where this turn asked for it first, else where it was answered first. */
function ofMessages(call: Call): Ran {
  const { said } = bestAnswer(call.answers)!
  return {
    node: (call.asks.find((one) => !one.said.earlier) ?? call.answers[0]!).facts.id,
    source: 'messages',
    name: call.name!,
    callId: call.id,
    input: bestAsk(call.asks)?.input ?? null,
    output: said.output,
    success: !said.failed,
  }
}
