/**
 * The kinds of errors, which decide whether a sender may try again. Any room throws them; only
 * `accept/answers/answers.ts` knows the status code of each kind.
 *
 * - `malformed`     the bytes are no OTLP: never retry
 * - `too-large`     the request is over a limit: never retry
 * - `unsupported`   the media type or encoding isn't read: never retry
 * - `unavailable`   the cause may pass (database away, queue full, shutting down): retry
 * - `configuration` this process can't start or serve as it is configured
 */
export type ErrorKind = 'malformed' | 'too-large' | 'unsupported' | 'unavailable' | 'configuration'

/** The base of all errors that are thrown on purpose. `message` is for people: what, where, why, and what to do. */
export class SpanledgerError extends Error {
  readonly kind: ErrorKind

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.kind = kind
  }
}

/** The request is not the OTLP message that it claims to be. */
export class Malformed extends SpanledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('malformed', message, options)
  }
}

/** A limit on bytes is exceeded (counted after decompression). */
export class TooLarge extends SpanledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('too-large', message, options)
  }
}

/** The content type or content encoding isn't one that this receiver reads. */
export class Unsupported extends SpanledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('unsupported', message, options)
  }
}

/** Why rows can't be committed now, for metrics. */
export type UnavailableReason = 'database' | 'queue-full' | 'too-slow' | 'undecided' | 'other'

/**
 * The rows can't be committed now. The same request may be sent again after `retryAfterSeconds` (a whole number ≥ 1);
 * `reason` is for metrics.
 */
export class Unavailable extends SpanledgerError {
  readonly retryAfterSeconds: number
  readonly reason: UnavailableReason

  constructor(message: string, options?: ErrorOptions & { retryAfterSeconds?: number; reason?: UnavailableReason }) {
    super('unavailable', message, options)
    this.retryAfterSeconds = options?.retryAfterSeconds ?? 1
    this.reason = options?.reason ?? 'other'
  }
}

/** A key or value of the configuration is wrong, or the database isn't what it must be. */
export class Misconfigured extends SpanledgerError {
  constructor(message: string, options?: ErrorOptions) {
    super('configuration', message, options)
  }
}

/** The message of an Error that was thrown; of another value, which JavaScript may throw too, its text. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The stack of an Error that was thrown, which begins with its name and message; of another value its text. */
export function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
}

/**
 * Where an error was thrown, for the log: its name and the lines of its stack. Its message is left out, because that of an
 * unexpected error may quote what a sender wrote.
 */
export function placeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return typeof thrown
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^ {4}at /.test(line))
  return [thrown.name, ...frames].join('\n')
}

/** The value that was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
