import { columnSize } from '../../columns.ts'
import type { AnyValue, Attributes } from '../../decode/span.ts'
import { fitText, type Limits } from '../facts/column-limits.ts'
import type { EventFact } from '../facts/facts.ts'
import type { Redactor } from '../redact/redactor.ts'
import type { Writable } from '../table/item.ts'

/** The message and the payload of an event's row. */
export interface EventText {
  readonly message: string
  readonly payload: string
}

/**
 * An event whose message and payload are written at the first read, which is when its row is written. A span that came
 * before, that loses against a better version, or that becomes no row never needs them.
 */
class LazyEvent<Source> implements EventFact {
  readonly type: string
  readonly timeNs: bigint
  private source: Source | null
  private readonly write: (source: Source) => EventText
  private text: EventText | null = null

  constructor(type: string, timeNs: bigint, source: Source, write: (source: Source) => EventText) {
    this.type = type
    this.timeNs = timeNs
    this.source = source
    this.write = write
  }

  get message(): string {
    return this.written().message
  }

  get payload(): string {
    return this.written().payload
  }

  private written(): EventText {
    if (this.source !== null) {
      this.text = this.write(this.source)
      this.source = null
    }
    return this.text!
  }
}

/** The most parts of attributes and body that a lazy event holds in memory: twice the attribute count limit of SDKs. */
const mostParts = 256

/** What an event is written from; a lazy event keeps it in memory until then. */
interface EventSource {
  readonly attributes: Attributes
  readonly body?: AnyValue
  readonly limits: Limits
  /** Absent: nothing is redacted. */
  readonly redactor?: Redactor | undefined
}

/**
 * Creates an event that is written at its first read. An event with very many parts is written at once, because its
 * source takes many times the memory of its text.
 */
export function lazyEvent<Source extends EventSource>(
  name: string,
  timeNs: bigint,
  source: Source,
  write: (source: Source) => EventText,
): EventFact {
  const { attributes, body = null, redactor } = source
  const type = fitText(redactor?.name(name) ?? name, columnSize.eventType)
  const text = redactor === undefined ? write : (whole: Source) => write(redactSource(whole, redactor))
  if ([attributes, body].reduce(partsLeft, mostParts) >= 0) return new LazyEvent(type, timeNs, source, text)
  return { type, timeNs, ...text(source) }
}

/** What of a source is a name. */
type SourceNames = Partial<Record<'subject' | 'type' | 'name', string>>

/**
 * Redacts what an event is written from, before anything of it is cut. Its other texts are those of facts, which are redacted
 * already (redact-facts.ts).
 */
function redactSource<Source extends EventSource & SourceNames>(source: Source, redactor: Redactor): Source {
  const { limits, attributes, body } = source
  const redacted: Partial<Writable<EventSource & SourceNames>> = {
    attributes: redactor.attributes(attributes, limits.payload, limits.payload / 8),
  }
  if (body !== undefined) redacted.body = redactor.value(body, limits.payload)
  for (const part of ['subject', 'type', 'name'] as const) {
    const name = source[part]
    if (name !== undefined) redacted[part] = redactor.name(name)
  }
  return { ...source, ...redacted }
}

/** Returns the remaining number of parts after counting a value and all parts in it; negative if there are more. */
function partsLeft(budget: number, value: AnyValue): number {
  let left = budget - 1
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return left
  for (const part of value.values()) {
    if (left < 0) break
    left = partsLeft(left, part)
  }
  return left
}
