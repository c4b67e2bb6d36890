import type { AnyValue, Attributes, SpanEvent } from '../../decode/span.ts'
import { fitText, fitTime, type Limits } from '../facts/column-limits.ts'
import type { EventFact, Kind } from '../facts/facts.ts'
import type { Redactor } from '../redact/redactor.ts'
import { asText } from '../values/convert.ts'
import { jsonText } from '../values/json.ts'
import { storableAttributes, storableText, storableValue } from './limit-content.ts'
import { type EventText, mappedEvent } from './mapped-event.ts'

/** What the events of a span, or of a record that is a tool run, are written from. */
export interface EventContext {
  readonly trace: string
  readonly id: string
  readonly kind: Kind
  readonly startNs: bigint
  readonly endNs: bigint
  /** true: the span has not ended, and only its start is an event. */
  readonly open: boolean
  readonly attributes: Attributes
  readonly spanEvents: readonly SpanEvent[]
  /** The agent, model or tool that begins the message of an event. */
  readonly subject: string
  /** The tool's input or the model's reasoning, for the event of the start; null for none. */
  readonly input: string | null
  /** The tool's output, for the event of the end; null for none. */
  readonly output: string | null
  readonly failed: boolean
  readonly error: string | null
  readonly limits: Limits
  readonly redactor?: Redactor | undefined
}

/** Whether spans of this kind have events for their start and end. Those of workflows and tasks belong to the run. */
export function hasStartAndEndEvents(kind: Kind): boolean {
  return kind !== 'plain' && kind !== 'workflow' && kind !== 'task'
}

/**
 * Returns the rows of event_logs that a span gives, in the order of time: its start and end by its kind, and its own
 * events under their names. The events of a workflow's and a task's start and end are made with the run's row.
 */
export function eventsOf(context: EventContext): EventFact[] {
  const around = startAndEnd(context)
  if (context.spanEvents.length === 0) return around
  const own = context.spanEvents.map((event) => spanEvent(context, event))
  // the sort is stable: of events with one time, the start comes first and the end last
  return [...around.slice(0, 1), ...own, ...around.slice(1)].sort((a, b) => compare(a.timeNs, b.timeNs))
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function startAndEnd(context: EventContext): EventFact[] {
  const { kind, startNs, endNs, failed } = context
  switch (kind) {
    case 'llm':
    case 'embedding':
    case 'rerank':
      return [mappedEvent('agent.thinking', startNs, context, thinkingText)]
    case 'tool':
    case 'agent': {
      const start = mappedEvent(kind === 'tool' ? 'tool.called' : 'agent.started', startNs, context, startText)
      if (context.open) return [start]
      return [start, mappedEvent(`${kind}.${failed ? 'failed' : 'completed'}`, endNs, context, endText)]
    }
    default:
      return []
  }
}

function thinkingText(context: EventContext): EventText {
  const { subject, input, open, failed, error } = context
  const thought = input ? `${subject}: ${input}` : subject
  return eventText(failed ? failureText(subject, error) : thought, payload(context, true, !open), context.limits)
}

function startText(context: EventContext): EventText {
  const { kind, subject, input } = context
  const message = kind === 'tool' ? `${subject} ${input ?? '{}'}` : `${subject} started`
  return eventText(message, payload(context, true, false), context.limits)
}

function endText(context: EventContext): EventText {
  const { kind, subject, failed, output, error } = context
  const success = kind === 'tool' && output ? `${subject}: ${output}` : `${subject} completed`
  return eventText(failed ? failureText(subject, error) : success, payload(context, false, true), context.limits)
}

function failureText(subject: string, error: string | null): string {
  return error === null ? `${subject} failed` : `${subject} failed: ${error}`
}

function eventText(message: string, payload: string, limits: Limits): EventText {
  return { message: fitText(message, limits.message), payload }
}

function payload(context: EventContext, isStart: boolean, isEnd: boolean): string {
  const { limits } = context
  const tree = {
    trace_id: context.trace,
    span_id: context.id,
    ...(isEnd && { duration_ms: Math.round(Number(context.endNs - context.startNs) / 1e6) }),
    ...(isEnd && context.error !== null && { error: shortText(context.error, limits) }),
    ...(isStart && { attributes: shortened(storableAttributes(context.attributes, limits), limits) }),
  }
  return jsonText(tree, limits.payload)
}

/** Cuts long texts, so that one message leaves room for all other attributes. */
function shortened(attributes: Attributes, limits: Limits): Attributes {
  const most = limits.payload / 8
  let short: Attributes | undefined
  // over the keys: an array for each entry is most of what a search that finds nothing would allocate
  for (const key of attributes.keys()) {
    const value = attributes.get(key)!
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

/** A span's own event. */
interface OwnEvent extends Pick<EventContext, 'trace' | 'id' | 'limits' | 'redactor'> {
  readonly type: string
  readonly attributes: Attributes
}

function spanEvent({ trace, id, startNs, limits, redactor }: EventContext, event: SpanEvent): EventFact {
  const { name, attributes, timeUnixNano } = event
  const type = name === '' ? 'event' : unreserved(name)
  const own = { trace, id, limits, redactor, type, attributes }
  return mappedEvent(type, fitTime(timeUnixNano || startNs), own, ownEventText)
}

function ownEventText({ trace, id, limits, type, attributes: all }: OwnEvent): EventText {
  const attributes = storableAttributes(all, limits)
  const tree = { trace_id: trace, span_id: id, attributes: shortened(attributes, limits) }
  return eventText(messageIn(attributes) ?? type, jsonText(tree, limits.payload), limits)
}

/** The types of events that Spanledger makes itself: each tool row has one `tool.called`, each task one start and end. */
const reserved = /^(task|agent|tool)\.(started|thinking|called|completed|failed|cancelled)$/

/** Prefixes an application's event that has a reserved type, to tell it from Spanledger's own events. */
function unreserved(name: string): string {
  return reserved.test(name) ? `app.${name}` : name
}

/** A log record that has a name. Its message may be in the body. */
export interface NamedRecord {
  readonly name: string
  readonly trace: string
  readonly span: string
  readonly body: AnyValue
  readonly attributes: Attributes
  readonly limits: Limits
  readonly redactor?: Redactor | undefined
}

/** Returns the one event of a log record. */
export function recordEvent(record: NamedRecord, timeNs: bigint): EventFact {
  return mappedEvent(unreserved(record.name), timeNs, record, recordText)
}

function recordText({ name, trace, span, body: whole, attributes: all, limits }: NamedRecord): EventText {
  const body = storableValue(whole, limits)
  const attributes = storableAttributes(all, limits)
  const message = storableText((typeof whole === 'string' ? whole : messageIn(whole)) ?? '', limits)
  const tree = {
    trace_id: trace,
    ...(span !== '' && { span_id: span }),
    ...(body !== null && { body: typeof body === 'string' ? shortText(body, limits) : body }),
    attributes: shortened(attributes, limits),
  }
  return eventText(message || (messageIn(attributes) ?? name), jsonText(tree, limits.payload), limits)
}

const messageKeys = ['exception.message', 'message', 'content', 'body', 'error.message', 'prompt', 'text']

/** Returns the text that is the message of an event with these attributes or this body; null for none. */
function messageIn(tree: AnyValue): string | null {
  if (!(tree instanceof Map)) return null
  for (const key of messageKeys) {
    const value = tree.get(key)
    const text = typeof value === 'string' ? asText(value) : null
    if (text !== null) return text
  }
  return null
}
