import { hash } from 'node:crypto'
import type { AnyValue, Attributes, LogRecord, Resource, Scope, Span, SpanEvent, SpanLink } from './span.ts'

/**
 * The SHA-256, in hex, of the content of a span or log record with its resource and scope. It is the record's identity:
 * the same in protobuf and JSON, for any order of attributes and any position in the request.
 *
 * The hashed text begins each part with its kind and length, so that two different contents never have the same text:
 * `s5:hello`, `n1.5;`, `i9007199254740993;`, `t`, `f`, `z`, `b4:3q2+7w==`, `a2[…`, `m2{…` with keys in order.
 */
export function canonicalDigest(item: Span | LogRecord): string {
  return sha256('kind' in item ? spanText(item) : recordText(item))
}

function spanText(span: Span): string {
  return (
    `span;${groupDigest(span.resource)}${groupDigest(span.scope)}` +
    `${span.traceId};${span.spanId};${span.parentSpanId};${text(span.traceState)}${span.flags};${text(span.name)}` +
    `${span.kind};${span.startTimeUnixNano};${span.endTimeUnixNano};${map(span.attributes)}` +
    `${span.droppedAttributesCount};${list(span.events, eventText)}${span.droppedEventsCount};` +
    `${list(span.links, linkText)}${span.droppedLinksCount};${span.status.code};${text(span.status.message)}`
  )
}

function eventText(event: SpanEvent): string {
  return `${event.timeUnixNano};${text(event.name)}${map(event.attributes)}${event.droppedAttributesCount};`
}

function linkText(link: SpanLink): string {
  return (
    `${link.traceId};${link.spanId};${text(link.traceState)}${map(link.attributes)}` +
    `${link.droppedAttributesCount};${link.flags};`
  )
}

function recordText(record: LogRecord): string {
  return (
    `record;${groupDigest(record.resource)}${groupDigest(record.scope)}` +
    `${record.traceId};${record.spanId};${record.flags};${record.timeUnixNano};${record.observedTimeUnixNano};` +
    `${record.severityNumber};${text(record.severityText)}${text(record.eventName)}${value(record.body)}` +
    `${map(record.attributes)}${record.droppedAttributesCount};`
  )
}

/** The hashes of resources and scopes: many spans share one, so each is hashed once and its hash is part of their text. */
const groupDigests = new WeakMap<Resource | Scope, string>()

function groupDigest(group: Resource | Scope): string {
  const known = groupDigests.get(group)
  if (known !== undefined) return known
  const made = sha256(groupText(group))
  groupDigests.set(group, made)
  return made
}

function groupText(group: Resource | Scope): string {
  const common = `${map(group.attributes)}${text(group.schemaUrl)}`
  return 'name' in group ? `scope;${text(group.name)}${text(group.version)}${common}` : `resource;${common}`
}

function value(of: AnyValue): string {
  if (typeof of === 'string') return text(of)
  // −0 has the text of 0, and every NaN the same text.
  if (typeof of === 'number') return `n${of};`
  if (of === null) return 'z'
  if (of === true) return 't'
  if (of === false) return 'f'
  if (typeof of === 'bigint') return `i${of};`
  if (of instanceof Map) return map(of)
  if (Array.isArray(of)) return `a${list(of, value)}`
  return `b${text(Buffer.from(of).toString('base64'))}`
}

function text(of: string): string {
  return `s${of.length}:${of}`
}

function list<T>(of: readonly T[], each: (element: T) => string): string {
  let made = `${of.length}[`
  for (const element of of) made += each(element)
  return made
}

function map(of: Attributes): string {
  let made = `m${of.size}{`
  for (const key of inOrder(of)) made += text(key) + value(of.get(key) ?? null)
  return made
}

/** The keys by UTF-16 code units, an order that no locale changes. For few keys, insertion is faster than `sort`. */
function inOrder(of: Attributes): string[] {
  const keys = [...of.keys()]
  if (keys.length > 32) return keys.sort()
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i]!
    let at = i
    for (; at > 0 && keys[at - 1]! > key; at--) keys[at] = keys[at - 1]!
    keys[at] = key
  }
  return keys
}

function sha256(of: string): string {
  return hash('sha256', of, 'hex')
}
