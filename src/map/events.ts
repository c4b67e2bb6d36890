import type { AnyValue, Attributes, SpanEvent } from '../decode/span.ts'
import { storableAttributes, storableText, storableValue } from './content.ts'
import type { EventFact, Kind } from './facts.ts'
import { columnSize, fitText, fitTime, type Limits } from './fit.ts'
import { jsonText } from './json.ts'
import { asText } from './reading.ts'

/** What the events of a span tell. */
export interface Told {
  readonly trace: string
  readonly id: string
  readonly kind: Kind
  readonly startNs: bigint
  readonly endNs: bigint
  /** It has not ended: only its start is told. */
  readonly open: boolean
  readonly attributes: Attributes
  readonly spanEvents: readonly SpanEvent[]
  /** The agent, the model, the tool: whom the sentence is about. */
  readonly subject: string
  /** What it was given or thought at the start, what it gave at the end. */
  readonly given: string | null
  readonly gave: string | null
  readonly failed: boolean
  readonly error: string | null
}

/**
 * The rows of event_logs that a span stands for, in the order of time. Its start and end by its kind (a workflow's and
 * a task's are made where it is known what the run came to), its own events under their names.
 */
export function eventsOf(told: Told, limits: Limits): EventFact[] {
  const around = aroundSpan(told, limits)
  if (told.spanEvents.length === 0) return around
  const own = told.spanEvents.map((event) => ownEvent(told, event, limits))
  // the sort is stable: at one time the start comes first, the end last
  return [...around.slice(0, 1), ...own, ...around.slice(1)].sort((a, b) => compare(a.timeNs, b.timeNs))
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function aroundSpan(told: Told, limits: Limits): EventFact[] {
  const { subject, given, startNs } = told
  if (told.kind === 'llm' || told.kind === 'embedding' || told.kind === 'rerank') {
    const message = given ? `${subject}: ${given}` : subject
    return [event('agent.thinking', message, startNs, payload(told, limits, true, !told.open), limits)]
  }
  const called = told.kind === 'tool'
  if (!called && told.kind !== 'agent') return []
  const opening = called ? `${subject} ${given ?? '{}'}` : `${subject} started`
  const start = event(
    called ? 'tool.called' : 'agent.started',
    opening,
    startNs,
    payload(told, limits, true, false),
    limits,
  )
  return told.open ? [start] : [start, endOf(told, limits, called ? 'tool' : 'agent')]
}

function endOf(told: Told, limits: Limits, noun: 'tool' | 'agent'): EventFact {
  const { subject, failed, gave, error, endNs } = told
  const success = noun === 'tool' && gave ? `${subject}: ${gave}` : `${subject} completed`
  const failure = error === null ? `${subject} failed` : `${subject} failed: ${error}`
  const type = `${noun}.${failed ? 'failed' : 'completed'}`
  return event(type, failed ? failure : success, endNs, payload(told, limits, false, true), limits)
}

function event(type: string, message: string, timeNs: bigint, payloadText: string, limits: Limits): EventFact {
  return {
    type: fitText(type, columnSize.eventType),
    message: fitText(message, limits.message),
    payload: payloadText,
    timeNs,
  }
}

function payload(told: Told, limits: Limits, opens: boolean, closes: boolean): string {
  const tree = {
    trace_id: told.trace,
    span_id: told.id,
    ...(closes && { duration_ms: Math.round(Number(told.endNs - told.startNs) / 1e6) }),
    ...(closes && told.error !== null && { error: shortText(told.error, limits) }),
    ...(opens && { attributes: shortened(storableAttributes(told.attributes, limits), limits) }),
  }
  return jsonText(tree, limits.payload)
}

/** One long message must not take the room of all other attributes. */
function shortened(attributes: Attributes, limits: Limits): Attributes {
  const most = limits.payload / 8
  let short: Attributes | undefined
  for (const [key, value] of attributes) {
    if (typeof value !== 'string' || value.length <= most) continue
    short ??= new Map(attributes)
    short.set(key, shortText(value, limits))
  }
  return short ?? attributes
}

function shortText(text: string, limits: Limits): string {
  const most = limits.payload / 8
  return text.length <= most ? text : `${fitText(text, most)}…`
}

function ownEvent(told: Told, { name, attributes: all, timeUnixNano }: SpanEvent, limits: Limits): EventFact {
  const type = name === '' ? 'event' : foreignName(name)
  const attributes = storableAttributes(all, limits)
  const tree = { trace_id: told.trace, span_id: told.id, attributes: shortened(attributes, limits) }
  return event(
    type,
    sentence(attributes) ?? type,
    fitTime(timeUnixNano || told.startNs),
    jsonText(tree, limits.payload),
    limits,
  )
}

/** Names of the rows that we make: there is one `tool.called` for each tool row, and one start and end a task. */
const ours = /^(task|agent|tool)\.(started|thinking|called|completed|failed|cancelled)$/

/** An application's event of such a name is kept apart from them. */
function foreignName(name: string): string {
  return ours.test(name) ? `app.${name}` : name
}

/** The one event of a log record that has a name. `body` may hold the sentence. */
export function recordEvent(
  name: string,
  ids: { readonly trace: string; readonly span: string },
  heard: AnyValue,
  all: Attributes,
  timeNs: bigint,
  limits: Limits,
): EventFact {
  const body = storableValue(heard, limits)
  const attributes = storableAttributes(all, limits)
  const spoken = storableText((typeof heard === 'string' ? heard : sentence(heard)) ?? '', limits)
  const tree = {
    trace_id: ids.trace,
    ...(ids.span !== '' && { span_id: ids.span }),
    ...(body !== null && { body: typeof body === 'string' ? shortText(body, limits) : body }),
    attributes: shortened(attributes, limits),
  }
  const message = spoken || (sentence(attributes) ?? name)
  return event(foreignName(name), message, timeNs, jsonText(tree, limits.payload), limits)
}

const sentenceKeys = ['exception.message', 'message', 'content', 'body', 'error.message', 'prompt', 'text']

function sentence(tree: AnyValue): string | null {
  if (!(tree instanceof Map)) return null
  for (const key of sentenceKeys) {
    const value = tree.get(key)
    const text = typeof value === 'string' ? asText(value) : null
    if (text !== null) return text
  }
  return null
}
