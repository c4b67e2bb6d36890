import { type ErrorKind, SpanledgerError, Unavailable } from '../../errors.ts'

/** All reasons for which a request gets no receipt: those of the house, and two that only a URL can be wrong in. */
export type Refusal = ErrorKind | 'not-found' | 'wrong-method'

/** A request for a path that isn't there, or by a method that its path doesn't have. `allow`: the methods that it has. */
export class Misdirected extends Error {
  readonly refusal: 'not-found' | 'wrong-method'
  readonly allow: string

  constructor(refusal: 'not-found' | 'wrong-method', message: string, allow = '') {
    super(message)
    this.name = new.target.name
    this.refusal = refusal
    this.allow = allow
  }
}

/**
 * The one table of status codes. What may pass is 503 and UNAVAILABLE and nothing else is: senders drop their data on
 * every other answer (R54), and never 500 or INTERNAL, whatever went wrong here. A sender can't help a wrong
 * configuration of ours, and the operator can: its data waits (R59).
 * Source: https://opentelemetry.io/docs/specs/otlp/#failures; the gRPC codes beside the HTTP ones go into the Status of
 * the body, as the Collector has them.
 */
const codes: Record<Refusal, { readonly http: number; readonly grpc: number }> = {
  malformed: { http: 400, grpc: 3 }, // INVALID_ARGUMENT
  'too-large': { http: 413, grpc: 8 }, // RESOURCE_EXHAUSTED, final as long as no RetryInfo goes with it (R35)
  unsupported: { http: 415, grpc: 12 }, // UNIMPLEMENTED
  unavailable: { http: 503, grpc: 14 }, // UNAVAILABLE
  configuration: { http: 503, grpc: 14 },
  'not-found': { http: 404, grpc: 12 },
  'wrong-method': { http: 405, grpc: 12 },
}

/** An answer without a receipt, ready to be written in either protocol. */
export interface Failure {
  readonly http: number
  readonly grpc: number
  /** English, for the sender. */
  readonly message: string
  /** Whole seconds, at least 1, after which the same request may come again; 0: never. */
  readonly retryAfterSeconds: number
  /** Whether the request itself is at fault: it gets a BadRequest then (R52). */
  readonly badRequest: boolean
  /** For the header Allow; '' where it doesn't belong. */
  readonly allow: string
}

/** What the sender is answered for an error. An error that nobody here has named tells nothing of itself. */
export function failureOf(error: unknown): Failure {
  const refusal = refusalOf(error)
  const passing = refusal === 'unavailable' || refusal === 'configuration'
  return {
    ...codes[refusal],
    message: shortened(isNamed(error) && refusal !== 'configuration' ? error.message : notStored, maxMessageCharacters),
    retryAfterSeconds: error instanceof Unavailable ? wholeSeconds(error.retryAfterSeconds) : passing ? 1 : 0,
    badRequest: refusal === 'malformed',
    allow: error instanceof Misdirected ? error.allow : '',
  }
}

/** Whether the error is one of those that rooms throw on purpose; any other is a bug, of which the operator must hear. */
export function isNamed(error: unknown): error is SpanledgerError | Misdirected {
  return error instanceof SpanledgerError || error instanceof Misdirected
}

/** Whom a door tells of the requests that get no receipt, besides their senders. */
export interface Operator {
  readonly onUnexpected: (error: unknown) => void
  readonly onTurnedAway: (why: string) => void
}

/** Most SDKs show their users no more than a status code, so that the operator hears of what won't come again, too. */
export function tellOperator({ onUnexpected, onTurnedAway }: Operator, error: unknown): void {
  if (!isNamed(error)) return void onUnexpected(error)
  const { message, retryAfterSeconds } = failureOf(error)
  if (retryAfterSeconds === 0) onTurnedAway(message)
}

/** A message of at most so many characters, well-formed: strict readers refuse JSON with half a character. */
export function shortened(message: string, maxCharacters: number): string {
  const cut = message.length > maxCharacters ? `${message.slice(0, maxCharacters - 1)}…` : message
  return Buffer.from(cut).toString()
}

// A gRPC trailer has it three times, in percent and in base64, and some clients read no more than 8 KiB of trailers.
const maxMessageCharacters = 400
const notStored = 'The request can not be stored now; send it again.'

function refusalOf(error: unknown): Refusal {
  if (error instanceof SpanledgerError) return error.kind
  return error instanceof Misdirected ? error.refusal : 'unavailable'
}

/** Retry-After and RetryInfo are read as whole seconds; 0 would be read as "at once" by some and "never" by others (R40). */
function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds))
}
