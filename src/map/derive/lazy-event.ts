import type { AnyValue, Attributes } from '../../decode/span.ts'
import type { EventFact } from '../facts/facts.ts'

/** What an event says in its row. */
export interface Content {
  readonly message: string
  readonly payload: string
}

/**
 * An event whose sentence and payload are made when they are first read, which is when its row is written: a span that
 * came before, that loses against a better version or is no row of its own doesn't need them.
 */
class Untold<Source> implements EventFact {
  readonly type: string
  readonly timeNs: bigint
  private source: Source | null
  private readonly tell: (source: Source) => Content
  private content: Content | null = null

  constructor(type: string, timeNs: bigint, source: Source, tell: (source: Source) => Content) {
    this.type = type
    this.timeNs = timeNs
    this.source = source
    this.tell = tell
  }

  get message(): string {
    return this.told().message
  }

  get payload(): string {
    return this.told().payload
  }

  private told(): Content {
    if (this.source !== null) {
      this.content = this.tell(this.source)
      this.source = null
    }
    return this.content!
  }
}

/** So many parts the attributes of a span have at most by the limits of SDKs, twice over. */
const mostKept = 256

/** What an event tells of, and holds until then. */
interface Held {
  readonly attributes: Attributes
  readonly body?: AnyValue
}

/** What has more parts is told at once: until then it would hold many times the memory of its text. */
export function later<Source extends Held>(
  type: string,
  timeNs: bigint,
  source: Source,
  tell: (source: Source) => Content,
): EventFact {
  const { attributes, body = null } = source
  if ([attributes, body].reduce(roomBeside, mostKept) >= 0) return new Untold(type, timeNs, source, tell)
  return { type, timeNs, ...tell(source) }
}

/** What is left of so much room beside a value; less than nothing where it has more parts. */
function roomBeside(room: number, value: AnyValue): number {
  let left = room - 1
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return left
  for (const part of value.values()) {
    if (left < 0) break
    left = roomBeside(left, part)
  }
  return left
}
