import { columnSize, type EncodedText } from '../../columns.ts'
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

/** What an event is written from. */
interface EventSource {
  readonly attributes: Attributes
  readonly body?: AnyValue
  readonly limits: Limits
  /** Absent: nothing is redacted. */
  readonly redactor?: Redactor | undefined
}

/** Creates an event. `write` is called with the source after redaction. */
export function mappedEvent<Source extends EventSource>(
  name: string,
  timeNs: bigint,
  source: Source,
  write: (source: Source) => EventText,
): EventFact {
  const { redactor } = source
  const type = fitText(redactor?.name(name) ?? name, columnSize.eventType)
  return new MappedEvent(type, timeNs, write(redactor === undefined ? source : redactSource(source, redactor)))
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

/**
 * Texts are encoded into slabs of this size, or larger ones for longer texts. The last one of a request outlives it: what has
 * lived through two collections of young garbage is freed by one of all garbage only.
 */
const slabBytes = 1 << 16
/** Counting the bytes of a shorter text takes longer than the room is worth that is kept for the most that it may take. */
const shortText = 1_024

let slab = Buffer.allocUnsafeSlow(slabBytes)
let used = 0

/**
 * An event with its texts as its row has them. Between mapping and COMMIT they are outside of the heap, where no collection of
 * garbage copies them. A slab is freed with the last of its events, so what is kept in memory longer is kept as strings.
 */
class MappedEvent implements EventFact {
  readonly type: string
  readonly timeNs: bigint
  readonly #bytes: Buffer
  readonly #from: number
  readonly #middle: number
  readonly #to: number

  constructor(type: string, timeNs: bigint, { message, payload }: EventText) {
    this.type = type
    this.timeNs = timeNs
    reserve(mostBytes(message) + mostBytes(payload))
    this.#bytes = slab
    this.#from = used
    this.#middle = this.#from + slab.write(message, this.#from)
    this.#to = this.#middle + slab.write(payload, this.#middle)
    used = this.#to
  }

  get message(): string {
    return this.#bytes.toString('utf8', this.#from, this.#middle)
  }

  get payload(): string {
    return this.#bytes.toString('utf8', this.#middle, this.#to)
  }

  get encodedMessage(): EncodedText {
    return { bytes: this.#bytes, from: this.#from, to: this.#middle }
  }

  get encodedPayload(): EncodedText {
    return { bytes: this.#bytes, from: this.#middle, to: this.#to }
  }
}

function reserve(bytes: number): void {
  if (used + bytes <= slab.length) return
  slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes))
  used = 0
}

function mostBytes(text: string): number {
  return text.length <= shortText ? text.length * 3 : Buffer.byteLength(text)
}
