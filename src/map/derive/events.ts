import { columnSize } from '../../columns.ts'
import type { AnyValue, Attributes, SpanEvent } from '../../decode/span.ts'
import { fitText, fitTime, type Limits } from '../facts/column-limits.ts'
import type { EventFact, Kind } from '../facts/facts.ts'
import { jsonText } from '../facts/json.ts'
import { asText } from '../table/reading.ts'
import { storableAttributes, storableText, storableValue } from './content.ts'
import { type Content, later } from './lazy-event.ts'

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
  readonly limits: Limits
}

/** Whether spans of this kind have no rows for their start and end (a workflow's and a task's are the run's). */
export function isSilent(kind: Kind): boolean {
  return kind === 'plain' || kind === 'workflow' || kind === 'task'
}

/**
 * The rows of event_logs that a span stands for, in the order of time. Its start and end by its kind (a workflow's and
 * a task's are made where it is known what the run came to), its own events under their names.
 */
export function eventsOf(told: Told): EventFact[] {
  const around = aroundSpan(told)
  if (told.spanEvents.length === 0) return around
  const own = told.spanEvents.map((event) => ownEvent(told, event))
  // the sort is stable: at one time the start comes first, the end last
  return [...around.slice(0, 1), ...own, ...around.slice(1)].sort((a, b) => compare(a.timeNs, b.timeNs))
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function aroundSpan(told: Told): EventFact[] {
  const { kind, startNs, endNs, failed } = told
  switch (kind) {
    case 'llm':
    case 'embedding':
    case 'rerank':
      return [later('agent.thinking', startNs, told, tellThinking)]
    case 'tool':
    case 'agent': {
      const start = later(kind === 'tool' ? 'tool.called' : 'agent.started', startNs, told, tellStart)
      if (told.open) return [start]
      return [start, later(`${kind}.${failed ? 'failed' : 'completed'}`, endNs, told, tellEnd)]
    }
    default:
      return []
  }
}

function tellThinking(told: Told): Content {
  const { subject, given, open } = told
  return content(given ? `${subject}: ${given}` : subject, payload(told, true, !open), told.limits)
}

function tellStart(told: Told): Content {
  const { kind, subject, given } = told
  const message = kind === 'tool' ? `${subject} ${given ?? '{}'}` : `${subject} started`
  return content(message, payload(told, true, false), told.limits)
}

function tellEnd(told: Told): Content {
  const { kind, subject, failed, gave, error } = told
  const success = kind === 'tool' && gave ? `${subject}: ${gave}` : `${subject} completed`
  const failure = error === null ? `${subject} failed` : `${subject} failed: ${error}`
  return content(failed ? failure : success, payload(told, false, true), told.limits)
}

function content(message: string, payload: string, limits: Limits): Content {
  return { message: fitText(message, limits.message), payload }
}

function payload(told: Told, opens: boolean, closes: boolean): string {
  const { limits } = told
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

/** An event of a span; only these parts of the span, so that each event holds no more than its own. */
interface Own extends Pick<Told, 'trace' | 'id' | 'limits'> {
  readonly type: string
  readonly attributes: Attributes
}

function ownEvent({ trace, id, startNs, limits }: Told, { name, attributes, timeUnixNano }: SpanEvent): EventFact {
  const type = name === '' ? 'event' : foreignName(name)
  const own = { trace, id, limits, type, attributes }
  return later(typeOf(type), fitTime(timeUnixNano || startNs), own, tellOwn)
}

function tellOwn({ trace, id, limits, type, attributes: all }: Own): Content {
  const attributes = storableAttributes(all, limits)
  const tree = { trace_id: trace, span_id: id, attributes: shortened(attributes, limits) }
  return content(sentence(attributes) ?? type, jsonText(tree, limits.payload), limits)
}

function typeOf(name: string): string {
  return fitText(name, columnSize.eventType)
}

/** Names of the rows that we make: there is one `tool.called` for each tool row, and one start and end a task. */
const ours = /^(task|agent|tool)\.(started|thinking|called|completed|failed|cancelled)$/

/** An application's event of such a name is kept apart from them. */
function foreignName(name: string): string {
  return ours.test(name) ? `app.${name}` : name
}

/** A log record that has a name. Its body may hold the sentence. */
export interface Recorded {
  readonly name: string
  readonly trace: string
  readonly span: string
  readonly body: AnyValue
  readonly attributes: Attributes
  readonly limits: Limits
}

/** Its one event. */
export function recordEvent(recorded: Recorded, timeNs: bigint): EventFact {
  return later(typeOf(foreignName(recorded.name)), timeNs, recorded, tellRecorded)
}

function tellRecorded({ name, trace, span, body: heard, attributes: all, limits }: Recorded): Content {
  const body = storableValue(heard, limits)
  const attributes = storableAttributes(all, limits)
  const spoken = storableText((typeof heard === 'string' ? heard : sentence(heard)) ?? '', limits)
  const tree = {
    trace_id: trace,
    ...(span !== '' && { span_id: span }),
    ...(body !== null && { body: typeof body === 'string' ? shortText(body, limits) : body }),
    attributes: shortened(attributes, limits),
  }
  return content(spoken || (sentence(attributes) ?? name), jsonText(tree, limits.payload), limits)
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
