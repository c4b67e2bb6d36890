import { Misconfigured } from '../../errors.ts'
import type { Database, Session, TextRows } from '../../store/database.ts'
import { readOnly } from '../read-only.ts'

/** How much of an answer is read. */
export interface TypedLimits {
  /** How long the statement may take, in milliseconds. */
  readonly timeoutMs: number
  /** The most rows that are read. */
  readonly rows: number
}

/** Takes the rows of one page. The first page comes even without rows. */
export type TakePage = (page: TextRows) => void | Promise<void>

/** An answer's rows, and whether there were more than were read. */
export interface TypedOutcome {
  readonly rows: number
  readonly hasMore: boolean
}

/** The statement failed: what a person has typed is wrong, or takes too long. */
export class TypedSqlFailed extends Error {}

const rowsPerPage = 500

/**
 * Runs one statement that a person or an agent has typed, in a transaction that the database lets change nothing. Queries
 * run through a cursor, whose grammar takes nothing but queries; of the others only EXPLAIN and SHOW are sent, since COPY
 * could start programs on the server. Throws `TypedSqlFailed` with the database's own words.
 */
export async function runTypedSql(
  database: Database,
  sql: string,
  limits: TypedLimits,
  take: TakePage,
): Promise<TypedOutcome> {
  const isDirect = /^(explain|show)\b/i.test(sql)
  if (!isDirect && !/^(select|with|values|table|\()/i.test(withoutComments(sql)))
    throw new TypedSqlFailed('only queries are run here: SELECT, WITH, VALUES, TABLE, EXPLAIN, SHOW.')
  // kept, because the transaction's own error is for an operator, and the database's words are for the person who typed
  let failed: unknown
  const work = async (session: Session) => {
    try {
      return isDirect ? await runWhole(session, sql, take) : await runCursor(session, sql, limits.rows, take)
    } catch (error) {
      failed = error
      throw error
    }
  }
  return await readOnly(database, work, limits.timeoutMs).catch((error: unknown) => {
    throw failed === undefined ? error : failureOf(failed)
  })
}

async function runWhole(session: Session, sql: string, take: TakePage): Promise<TypedOutcome> {
  const page = await session.texts(sql)
  await take(page)
  return { rows: page.rows.length, hasMore: false }
}

async function runCursor(session: Session, sql: string, most: number, take: TakePage): Promise<TypedOutcome> {
  await session.texts(`declare spanledger_typed no scroll cursor for ${sql}`)
  for (let rows = 0; ; ) {
    const wanted = Math.min(rowsPerPage, most - rows)
    const page = await session.texts(`fetch forward ${wanted} from spanledger_typed`)
    if (page.rows.length > 0 || rows === 0) await take(page)
    rows += page.rows.length
    if (page.rows.length < wanted) return { rows, hasMore: false }
    if (rows < most) continue
    const more = await session.texts('fetch forward 1 from spanledger_typed')
    return { rows, hasMore: more.rows.length > 0 }
  }
}

function failureOf(error: unknown): Error {
  if (!(error instanceof Error) || error instanceof Misconfigured) return error as Error
  const { code, message } = error as Error & { readonly code?: string }
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code)
    ? new TypedSqlFailed(`${message} (${code})`, { cause: error })
    : error
}

/** The text from its first word on. */
function withoutComments(sql: string): string {
  return sql.replace(/^(\s+|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)+/, '')
}
