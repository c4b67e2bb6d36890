import { createHash, type Hash, hash } from 'node:crypto'
import type { AnyValue, Attributes, LogRecord, Resource, Scope, Span, SpanEvent, SpanLink } from './span.ts'

/**
 * The SHA-256, in hex, of the content of a span or log record with its resource and scope. It is the record's identity:
 * the same in protobuf and JSON, for any order of attributes and any position in the request.
 *
 * The hashed text begins each part with its kind and length, so that two different contents never have the same text:
 * `s5:hello`, `n1.5;`, `i9007199254740993;`, `t`, `f`, `z`, `b4:3q2+7w==`, `a2[…`, `m2{…` with keys in order.
 */
export function canonicalDigest(item: Span | LogRecord): string {
  const written = new HashedText()
  if ('kind' in item) writeSpan(written, item)
  else writeRecord(written, item)
  return written.digest()
}

/** A string of this length is hashed apart from the text around it: one string of both would be a copy of it. */
const longString = 4_096

/** A text that is hashed when all of it is written. */
class HashedText {
  #text = ''
  #hash: Hash | undefined

  /** Adds text in which no long strings are. */
  add(text: string): void {
    this.#text += text
  }

  string(of: string): void {
    this.#text += `s${of.length}:`
    if (of.length < longString) {
      this.#text += of
      return
    }
    this.#hash ??= createHash('sha256')
    this.#hash.update(this.#text).update(of)
    this.#text = ''
  }

  /** The SHA-256, in hex. */
  digest(): string {
    return this.#hash?.update(this.#text).digest('hex') ?? hash('sha256', this.#text, 'hex')
  }
}

function writeSpan(to: HashedText, span: Span): void {
  to.add(`span;${groupDigest(span.resource)}${groupDigest(span.scope)}`)
  to.add(`${span.traceId};${span.spanId};${span.parentSpanId};`)
  to.string(span.traceState)
  to.add(`${span.flags};`)
  to.string(span.name)
  to.add(`${span.kind};${span.startTimeUnixNano};${span.endTimeUnixNano};`)
  writeMap(to, span.attributes)
  to.add(`${span.droppedAttributesCount};`)
  writeList(to, span.events, writeEvent)
  to.add(`${span.droppedEventsCount};`)
  writeList(to, span.links, writeLink)
  to.add(`${span.droppedLinksCount};${span.status.code};`)
  to.string(span.status.message)
}

function writeEvent(to: HashedText, event: SpanEvent): void {
  to.add(`${event.timeUnixNano};`)
  to.string(event.name)
  writeMap(to, event.attributes)
  to.add(`${event.droppedAttributesCount};`)
}

function writeLink(to: HashedText, link: SpanLink): void {
  to.add(`${link.traceId};${link.spanId};`)
  to.string(link.traceState)
  writeMap(to, link.attributes)
  to.add(`${link.droppedAttributesCount};${link.flags};`)
}

function writeRecord(to: HashedText, record: LogRecord): void {
  to.add(`record;${groupDigest(record.resource)}${groupDigest(record.scope)}`)
  to.add(`${record.traceId};${record.spanId};${record.flags};${record.timeUnixNano};${record.observedTimeUnixNano};`)
  to.add(`${record.severityNumber};`)
  to.string(record.severityText)
  to.string(record.eventName)
  writeValue(to, record.body)
  writeMap(to, record.attributes)
  to.add(`${record.droppedAttributesCount};`)
}

/** The hashes of resources and scopes: many spans share one, so each is hashed once and its hash is part of their text. */
const groupDigests = new WeakMap<Resource | Scope, string>()

function groupDigest(group: Resource | Scope): string {
  const known = groupDigests.get(group)
  if (known !== undefined) return known
  const written = new HashedText()
  writeGroup(written, group)
  const made = written.digest()
  groupDigests.set(group, made)
  return made
}

function writeGroup(to: HashedText, group: Resource | Scope): void {
  if ('name' in group) {
    to.add('scope;')
    to.string(group.name)
    to.string(group.version)
  } else to.add('resource;')
  writeMap(to, group.attributes)
  to.string(group.schemaUrl)
}

function writeValue(to: HashedText, value: AnyValue): void {
  if (typeof value === 'string') to.string(value)
  // −0 has the text of 0, and every NaN the same text.
  else if (typeof value === 'number') to.add(`n${value};`)
  else if (value === null) to.add('z')
  else if (value === true) to.add('t')
  else if (value === false) to.add('f')
  else if (typeof value === 'bigint') to.add(`i${value};`)
  else if (value instanceof Map) writeMap(to, value)
  else if (Array.isArray(value)) {
    to.add('a')
    writeList(to, value, writeValue)
  } else {
    to.add('b')
    to.string(Buffer.from(value).toString('base64'))
  }
}

function writeList<T>(to: HashedText, list: readonly T[], write: (to: HashedText, element: T) => void): void {
  to.add(`${list.length}[`)
  for (const element of list) write(to, element)
}

function writeMap(to: HashedText, map: Attributes): void {
  to.add(`m${map.size}{`)
  for (const key of inOrder(map)) {
    to.string(key)
    writeValue(to, map.get(key) ?? null)
  }
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
