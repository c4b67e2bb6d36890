import type { AnyValue, Attributes, SpanEvent } from '../../decode/span.ts'
import { shorten } from '../facts/column-limits.ts'
import type { Facts } from '../facts/facts.ts'
import type { CompiledDialect } from '../table/compile.ts'
import type { Item } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asFlag, asName, asText } from '../values/convert.ts'

/** How a span or record ended. */
export interface Outcome {
  readonly outcome: Facts['outcome']
  /** The reason of a failure or cancellation; null for `ok`. */
  readonly error: string | null
}

/** The status of an OTLP span; that of a log record is `unset`. */
export interface Status {
  readonly code: number
  readonly message: string
}

/** The outcome of an item that succeeded. */
export const succeeded: Outcome = { outcome: 'ok', error: null }
const cancelled: Outcome = { outcome: 'cancelled', error: null }

/** Exception types that steer a run and are no failures (docs/dialects.md §0.6). */
const steering =
  /GraphInterrupt|GraphDrained|NodeInterrupt|GraphBubbleUp|ParentCommand|ContinueAsNew|CallDeferred|ApprovalRequired/
const cancelling = /cancel|abort/i
/** Status messages that begin with the name of a cancellation type, and the one that Go writes for a cancelled context. */
const cancelledText = /^([\w.]*(Cancel|Abort)\w*\b|context canceled$)/

const failedWords: ReadonlySet<string> = new Set(['error', 'failed', 'failure', 'fail'])
const doneWords: ReadonlySet<string> = new Set(['ok', 'success', 'succeeded', 'completed', 'complete', 'done'])

/**
 * Returns how an item ended. A span failed if its status is ERROR, or if it has an `exception` event and doesn't state its
 * own success (docs/dialects.md, rules 8 and 9).
 */
export function outcomeOf(item: Item, status: Status, dialect: CompiledDialect, textLimit: number): Outcome {
  const exception = item.events.length === 0 ? undefined : lastException(item.events)
  const word = firstValue(item, dialect.fields.status, asName)?.toLowerCase() ?? ''
  if (!hasFailed(item, status, dialect, { word, raised: exception !== undefined })) {
    const wasAbandoned = status.code === 0 && dialect.unsetMeans === 'cancelled' && !item.isRecord
    return wasAbandoned || (word !== '' && cancelling.test(word)) ? cancelled : succeeded
  }
  const type = text(exception?.attributes, 'exception.type') ?? text(item.attributes, 'error.type') ?? ''
  if (steering.test(type) || (exception === undefined && steering.test(status.message))) return succeeded
  const wasCancelled =
    cancelling.test(type) ||
    cancelling.test(word) ||
    cancelledText.test(status.message) ||
    (dialect.isCancelled?.(item) ?? false)
  const error =
    withoutStack(asReason(dialect.failureReason?.(item) ?? null)) ??
    withoutStack(text(exception?.attributes, 'exception.message')) ??
    firstValue(item, dialect.fields.error, asReason) ??
    (status.message === '' ? null : status.message) ??
    (type === '' ? null : type)
  return { outcome: wasCancelled ? 'cancelled' : 'error', error: error === null ? null : shorten(error, textLimit) }
}

/** What an item says about its end besides its status code. */
interface Signs {
  /** The dialect's status word in lower case; '' for none. */
  readonly word: string
  readonly raised: boolean
}

function hasFailed(item: Item, { code }: Status, dialect: CompiledDialect, { word, raised }: Signs): boolean {
  const decided = dialect.hasFailed?.(item) ?? null
  if (decided !== null) return decided
  if (code === 2) return true
  const success = firstValue(item, dialect.fields.success, asFlag)
  if (success === false || failedWords.has(word)) return true
  if (success === true || doneWords.has(word)) return false
  return raised || firstValue(item, dialect.fields.error, asReason) !== null
}

/** Cuts the stack that some clients put behind the message: Python's with its heading, JavaScript's line by line. */
function withoutStack(message: string | null): string | null {
  return message?.split(/\s*Traceback \(most recent call last\)|\n+\s+at \S/, 1)[0] || message
}

function lastException(events: readonly SpanEvent[]): SpanEvent | undefined {
  return events.findLast((event) => event.name === 'exception')
}

function text(attributes: Attributes | undefined, key: string): string | null {
  const value: AnyValue | undefined = attributes?.get(key)
  return value === undefined ? null : asText(value)
}

/** Returns the text of an error. `true` is an error without a text; `false` and words without a meaning are none. */
function asReason(value: AnyValue | Parameters<typeof asText>[0]): string | null {
  const flag = asFlag(value)
  if (flag !== null) return flag ? 'error' : null
  return typeof value === 'string' ? asName(value) : asText(value)
}
