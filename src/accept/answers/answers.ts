import { type ErrorKind, SpanledgerError, Unavailable } from '../../errors.ts'
import { type Denial, Denied } from './denied.ts'

/** The reasons for which a request gets no receipt: the kinds of errors, those about its sender, and two about its URL and method. */
export type Refusal = ErrorKind | Denial | 'not-found' | 'wrong-method'

/** A request for a path that isn't served, or with a method that its path doesn't have; `allow` lists those that it has. */
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
 * The one table of status codes. A failure that may pass is 503 and UNAVAILABLE, never 500 or INTERNAL: senders retry
 * the former and drop their data on the latter (R54). A wrong configuration is one of these failures, because the
 * operator can mend it while the sender's data waits (R59).
 * Source: https://opentelemetry.io/docs/specs/otlp/#failures. Over HTTP, the gRPC code is the one in the Status of the
 * body, as the Collector does it.
 */
const codes: Record<Refusal, { readonly http: number; readonly grpc: number }> = {
  malformed: { http: 400, grpc: 3 }, // INVALID_ARGUMENT
  'too-large': { http: 413, grpc: 8 }, // RESOURCE_EXHAUSTED, final as long as no RetryInfo goes with it (R35)
  unsupported: { http: 415, grpc: 12 }, // UNIMPLEMENTED
  unavailable: { http: 503, grpc: 14 }, // UNAVAILABLE
  configuration: { http: 503, grpc: 14 },
  unauthenticated: { http: 401, grpc: 16 },
  forbidden: { http: 403, grpc: 7 }, // PERMISSION_DENIED
  'too-many': { http: 429, grpc: 8 }, // RESOURCE_EXHAUSTED with RetryInfo
  'not-found': { http: 404, grpc: 12 },
  'wrong-method': { http: 405, grpc: 12 },
}

/** An answer without a receipt, for either protocol. */
export interface FailureAnswer {
  readonly http: number
  readonly grpc: number
  /** English, for the sender. */
  readonly message: string
  /** Whole seconds, at least 1, after which the same request may be sent again; 0: never. */
  readonly retryAfterSeconds: number
  /** Whether the request itself is at fault: then the answer has a BadRequest (R52). */
  readonly badRequest: boolean
  /** The value of the header Allow; '' for an answer without it. */
  readonly allow: string
}

/** The answer to an error. The message of an unexpected one isn't shown, because it may hold anything. */
export function failureOf(error: unknown): FailureAnswer {
  const refusal = refusalOf(error)
  const passing = refusal === 'unavailable' || refusal === 'configuration'
  return {
    ...codes[refusal],
    message: shortened(
      isExpected(error) && refusal !== 'configuration' ? error.message : notStored,
      maxMessageCharacters,
    ),
    retryAfterSeconds: retryAfterOf(error, passing),
    badRequest: refusal === 'malformed',
    allow: error instanceof Misdirected ? error.allow : '',
  }
}

/** Whether the error is one that rooms throw on purpose. Any other is a bug, which the operator must know of. */
export function isExpected(error: unknown): error is SpanledgerError | Misdirected | Denied {
  return error instanceof SpanledgerError || error instanceof Misdirected || error instanceof Denied
}

/** Where a server reports the requests that get no receipt. */
export interface FailureReports {
  readonly onUnexpected: (error: unknown) => void
  readonly onRefused: (why: string) => void
}

/** Reports a failure unless its sender will retry: most SDKs show their users no more than a status code. */
export function reportFailure({ onUnexpected, onRefused }: FailureReports, error: unknown): void {
  if (!isExpected(error)) return void onUnexpected(error)
  const { message, retryAfterSeconds } = failureOf(error)
  if (retryAfterSeconds === 0) onRefused(message)
}

/** Limits a message to this many characters and makes it well-formed: strict parsers refuse JSON with half a surrogate pair. */
export function shortened(message: string, maxCharacters: number): string {
  const cut = message.length > maxCharacters ? `${message.slice(0, maxCharacters - 1)}…` : message
  return Buffer.from(cut).toString()
}

// The trailers of gRPC hold a message three times, percent-encoded and in base64; some clients read only 8 KiB of them.
const maxMessageCharacters = 400
const notStored = 'The request can not be stored now; send it again.'

/** The reason for which a request gets no receipt. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof SpanledgerError) return error.kind
  return error instanceof Misdirected || error instanceof Denied ? error.refusal : 'unavailable'
}

function retryAfterOf(error: unknown, isPassing: boolean): number {
  if (error instanceof Denied) return error.retryAfterSeconds
  return error instanceof Unavailable ? wholeSeconds(error.retryAfterSeconds) : isPassing ? 1 : 0
}

/** Retry-After and RetryInfo are read as whole seconds. 0 would mean "at once" to some senders and "never" to others (R40). */
function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds))
}
