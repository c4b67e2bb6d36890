import { Misconfigured, SpanledgerError, Unavailable } from '../errors.ts'
import { BadRow } from './database.ts'
import { boundConstraint } from './partitions/convert-table.ts'

/**
 * SQLSTATE classes and codes (PostgreSQL, Appendix A) that a value causes: no retry makes them pass. P0001 is raised by
 * triggers.
 */
const badRow = /^(22|23|54|P0001)/
/** SQLSTATE classes of a set-up that an operator must correct; the sender may keep its data until then. */
const misconfigured = /^(28|3D|3F|42|0A)/

/** Five capital letters are a system error (EPIPE). */
const sqlstate = /^(?=.*\d)[0-9A-Z]{5}$/

/**
 * Translates an error of a driver into `BadRow`, `Misconfigured` or `Unavailable`; errors of ours stay as they are. An
 * error that is known to be neither a value's nor the set-up's counts as one that may pass, so that the sender keeps its
 * data.
 */
export function translate(error: unknown): Error {
  if (error instanceof SpanledgerError || error instanceof BadRow) return error
  if (!(error instanceof Error))
    return new Unavailable(`the database answered something unknown: ${String(error)}`, { reason: 'database' })
  const { code, where } = error as Error & { code?: string; where?: string }
  if (code !== undefined && sqlstate.test(code)) {
    if (code === '23514' && error.message.includes(boundConstraint))
      return new Unavailable('the tables are being partitioned: rows of later months can be written after that', {
        cause: error,
        reason: 'database',
      })
    if (badRow.test(code))
      return new BadRow(`the database refuses a value (${code}): ${error.message}`, ...copyLineOf(where), {
        cause: error,
      })
    if (misconfigured.test(code)) return new Misconfigured(advice(code, error.message), { cause: error })
    return new Unavailable(`the database can't do it now (${code}): ${error.message}`, {
      cause: error,
      reason: 'database',
    })
  }
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) return error
  return new Unavailable(`the database can't be reached (${code ?? error.name}): ${error.message}`, {
    cause: error,
    reason: 'database',
  })
}

/** Whether the database refuses a row because its key is there already. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof BadRow && (error.cause as { code?: unknown } | undefined)?.code === '23505'
}

/** Reads table and line from `COPY event_logs, line 12, column payload: "…"`, which follows the lines of a trigger. */
function copyLineOf(where: string | undefined): [string | null, number | null] {
  const match = /^COPY (\S+), line (\d+)/m.exec(where ?? '')
  return match === null ? [null, null] : [match[1]!, Number(match[2])]
}

function advice(code: string, message: string): string {
  const what = `the database isn't set up for this (${code}): ${message}`
  if (code === '42P01' || code === '3F000' || code === '42703')
    return `${what}. Tables or columns are missing: run \`spanledger migrate\`, or start without --no-migrate.`
  if (code.startsWith('28') || code === '42501')
    return `${what}. Check the user, the password and the privileges that docs/operations.md lists.`
  if (code === '3D000') return `${what}. Create the database, or correct DATABASE_URL.`
  return what
}
