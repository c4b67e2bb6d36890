import type { AnyValue, Attributes, SpanEvent } from '../../decode/span.ts'
import { shorten } from '../facts/column-limits.ts'
import type { Facts } from '../facts/facts.ts'
import type { Narrow } from '../table/compile.ts'
import { asFlag, asName, asText, first, type Reading } from '../table/reading.ts'

export interface Outcome {
  readonly outcome: Facts['outcome']
  /** Why, as a person would ask; null for `ok`. */
  readonly error: string | null
}

const went: Outcome = { outcome: 'ok', error: null }
const cancelled: Outcome = { outcome: 'cancelled', error: null }

/** Raised to steer a run, not because it failed (reference: dialects §0.6). */
const steering = /GraphInterrupt|NodeInterrupt|GraphBubbleUp|ParentCommand|ContinueAsNew|CallDeferred|ApprovalRequired/
const cancelling = /cancel|abort/i
/** Status messages that are a type's name with a text behind it, or all that Go says of a cancelled context. */
const cancelledText = /^([\w.]*(Cancel|Abort)\w*\b|context canceled$)/

const failedWords: ReadonlySet<string> = new Set(['error', 'failed', 'failure', 'fail'])
const doneWords: ReadonlySet<string> = new Set(['ok', 'success', 'succeeded', 'completed', 'complete', 'done'])

/**
 * How a span ended: failed if its status is ERROR, else if it has an `exception` event, unless it says itself that it
 * succeeded (recordings: rules 8, 9).
 */
export function outcomeOf(
  reading: Reading,
  status: { readonly code: number; readonly message: string },
  dialect: Narrow,
  textLimit: number,
): Outcome {
  const exception = reading.events.length === 0 ? undefined : lastException(reading.events)
  const word = first(reading, dialect.fields.status, asName)?.toLowerCase() ?? ''
  const failed = dialect.failed?.(reading) ?? hasFailed(reading, status.code, dialect, word, exception !== undefined)
  const wasLeft = status.code === 0 && dialect.unset === 'cancelled' && !reading.record
  if (!failed) return wasLeft || (word !== '' && cancelling.test(word)) ? cancelled : went
  const type = text(exception?.attributes, 'exception.type') ?? text(reading.attributes, 'error.type') ?? ''
  if (steering.test(type) || (exception === undefined && steering.test(status.message))) return went
  const wasCancelled =
    cancelling.test(type) ||
    cancelling.test(word) ||
    cancelledText.test(status.message) ||
    (dialect.cancelled?.(reading) ?? false)
  const error =
    withoutTrace(asReason(dialect.why?.(reading) ?? null)) ??
    withoutTrace(text(exception?.attributes, 'exception.message')) ??
    first(reading, dialect.fields.error, asReason) ??
    (status.message === '' ? null : status.message) ??
    (type === '' ? null : type)
  return { outcome: wasCancelled ? 'cancelled' : 'error', error: error === null ? null : shorten(error, textLimit) }
}

function hasFailed(reading: Reading, code: number, { fields }: Narrow, word: string, raised: boolean): boolean {
  if (code === 2) return true
  const success = first(reading, fields.success, asFlag)
  if (success === false || failedWords.has(word)) return true
  if (success === true || doneWords.has(word)) return false
  return raised || first(reading, fields.error, asReason) !== null
}

/** Some clients put the whole stack behind the message, Python's with its heading, JavaScript's line by line. */
function withoutTrace(message: string | null): string | null {
  return message?.split(/\s*Traceback \(most recent call last\)|\n+\s+at \S/, 1)[0] || message
}

function lastException(events: readonly SpanEvent[]): SpanEvent | undefined {
  return events.findLast((event) => event.name === 'exception')
}

function text(attributes: Attributes | undefined, key: string): string | null {
  const value: AnyValue | undefined = attributes?.get(key)
  return value === undefined ? null : asText(value)
}

/** The text of an error. `error: true` says that there is one, `false` and words for nothing that there is none. */
function asReason(value: AnyValue | Parameters<typeof asText>[0]): string | null {
  const flag = asFlag(value)
  if (flag !== null) return flag ? 'error' : null
  return typeof value === 'string' ? asName(value) : asText(value)
}
