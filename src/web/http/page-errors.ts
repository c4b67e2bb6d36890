import { failureOf } from '../../accept/answers/answers.ts'
import { Denied } from '../../accept/answers/denied.ts'
import { Misconfigured, SpanledgerError, Unavailable } from '../../errors.ts'
import { ForbiddenSql } from '../../queries/typed/guarded-sql.ts'
import { TypedSqlFailed } from '../../queries/typed/typed-sql.ts'
import { BadRow } from '../../store/database.ts'
import type { ErrorAnswer } from '../answers/common.ts'

/** A request of the API that can't be answered as it was asked. */
export class WrongRequest extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string

  constructor(status: number, code: string, message: string, hint = '') {
    super(message)
    this.name = new.target.name
    this.status = status
    this.code = code
    this.hint = hint
  }
}

/** The error of an address that has nothing to show. */
export function notFound(what: string): WrongRequest {
  return new WrongRequest(
    404,
    'not-found',
    `Nothing is known of ${what}.`,
    'It may be of another tenant, or kept no longer.',
  )
}

/** An answer that is no success. */
export interface PageFailure {
  readonly status: number
  readonly body: ErrorAnswer
  readonly headers: Readonly<Record<string, string>>
  /** Whether it is a bug, of which the operator must know. */
  readonly isUnexpected: boolean
}

/** The answer to an error. The message of an unexpected one isn't shown, because it may hold anything. */
export function pageFailureOf(error: unknown): PageFailure {
  if (error instanceof WrongRequest) return failure(error.status, error.code, error.message, error.hint)
  if (error instanceof ForbiddenSql)
    return failure(403, 'forbidden', error.message, 'Name a role of this tenant alone in reader_database_url.')
  if (error instanceof TypedSqlFailed)
    return failure(422, 'sql-failed', error.message, isTimeout(error) ? tooSlowHint : '')
  if (error instanceof BadRow)
    return failure(400, 'wrong-parameter', 'A parameter has a value that the database takes for none.', error.message)
  if (error instanceof Denied) {
    const { http, retryAfterSeconds } = failureOf(error)
    const headers = {
      ...(http === 401 && { 'www-authenticate': 'Bearer' }),
      ...(retryAfterSeconds > 0 && { 'retry-after': String(retryAfterSeconds) }),
    }
    return { ...failure(http, error.refusal, error.message, denialHints[error.refusal]), headers }
  }
  if (isTimeout(error)) return failure(503, 'too-slow', 'The database took too long for this.', tooSlowHint)
  if (error instanceof Misconfigured)
    return failure(503, 'configuration', error.message, 'The operator of this receiver can mend it.')
  if (error instanceof Unavailable) {
    const headers = { 'retry-after': String(error.retryAfterSeconds) }
    return { ...failure(503, 'unavailable', error.message, 'Try again.'), headers }
  }
  if (error instanceof SpanledgerError) return failure(failureOf(error).http, error.kind, error.message)
  return { ...failure(500, 'unexpected', 'This is a bug of Spanledger: its log says where.'), isUnexpected: true }
}

const tooSlowHint = 'Ask for a shorter time, or for fewer filters that read every run.'

const denialHints = {
  unauthenticated: 'Use a token with the scope read: `spanledger token create --scope read` makes one.',
  forbidden: 'Ask for a token with that scope.',
  'too-many': 'Wait a minute.',
} as const

function failure(status: number, code: string, message: string, hint = ''): PageFailure {
  return { status, body: { error: { code, message, hint } }, headers: {}, isUnexpected: false }
}

/** Whether the database has ended a statement because of its time limit (SQLSTATE query_canceled). */
function isTimeout(error: unknown): boolean {
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    if ((one as { code?: unknown }).code === '57014') return true
  return false
}
