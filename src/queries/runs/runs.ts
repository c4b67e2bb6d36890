import { isUuid } from '../../columns.ts'
import type { Database, Session } from '../../store/database.ts'
import { filledIn } from '../filled-in.ts'
import { readOnly } from '../read-only.ts'
import type { RunRow } from '../rows/run-rows.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'

/** Which runs a list has; null: any. */
export interface RunFilter {
  readonly status: string | null
  /** As spans name the user, or the id in `users`. */
  readonly user: string | null
  readonly session: string | null
  readonly model: string | null
  readonly provider: string | null
  readonly mode: string | null
  /** A tool that was run, and an agent that was at work. */
  readonly tool: string | null
  readonly agent: string | null
  /** The beginning of the workflow id. */
  readonly workflow: string | null
  /** A part of the query or of the error. */
  readonly text: string | null
  readonly sinceMs: number | null
  readonly untilMs: number | null
}

/** What a list can be sorted by. */
export const runSorts = ['started', 'cost', 'tokens', 'duration'] as const

export type RunSort = (typeof runSorts)[number]

/** The place of a row in a list that is sorted so. */
export interface RunCursor {
  readonly sort: RunSort
  readonly key: string
  readonly id: string
  /** The list's `boundedSince`: its further pages have the same bound. */
  readonly boundedSince: string | null
}

/** Which part of a list is read: after a row, before one, or from its start. */
export interface RunPageRequest {
  readonly sort: RunSort
  readonly isAscending: boolean
  readonly limit: number
  readonly after: RunCursor | null
  readonly before: RunCursor | null
}

/** A part of a list, and the places of its first and last row where others come before or after. */
export interface RunPage {
  readonly runs: readonly RunRow[]
  readonly next: RunCursor | null
  readonly previous: RunCursor | null
  /** How many match, counted up to `mostCounted`. */
  readonly count: number
  readonly isCountLeast: boolean
  /** RFC 3339: runs that began earlier were not looked at, since no time was named; null where all were. */
  readonly boundedSince: string | null
  readonly sql: string
}

/** Rows are counted up to this: an exact count reads all of them. */
const mostCounted = 1_000

/**
 * A list by cost, tokens or duration has no index, which each commit would have to write. It is sorted anew for each page, so
 * that without a time it has the newest runs alone, so many.
 */
const mostSorted = 50_000

const sortKeys: Readonly<Record<RunSort, readonly [key: string, type: string]>> = {
  started: ['t.started_at', 'timestamptz'],
  cost: ['coalesce(nullif(t.total_cost_nano_usd, 0), (t.total_cost_usd * 1000000000)::bigint, 0)', 'bigint'],
  tokens: ['coalesce(t.total_tokens, 0)', 'int'],
  duration: ['coalesce(t.duration_ms, -1)', 'int'],
}

type KeyedRun = RunRow & { readonly sort_key: string }

/** Reads a page of the runs that match. */
export async function listRuns(database: Database, filter: RunFilter, page: RunPageRequest): Promise<RunPage> {
  const { limit, after, before } = page
  const { sql, pageValues } = pageStatement(page)
  return readOnly(database, async (session) => {
    const boundedSince = await boundOf(session, filter, page)
    const values = valuesOf(filter, boundedSince)
    const rows = await session.query<KeyedRun>(sql, [...values, ...pageValues])
    const shown = before === null ? rows.slice(0, limit) : rows.slice(0, limit).reverse()
    const isCut = rows.length > limit
    const cursorOf = (row: KeyedRun | undefined) =>
      row && { sort: page.sort, key: row.sort_key, id: row.id, boundedSince }
    const hasMore = before === null ? isCut : true
    const hasBefore = before === null ? after !== null : isCut
    return {
      runs: shown.map(withoutKey),
      next: (hasMore && cursorOf(shown.at(-1))) || null,
      previous: (hasBefore && cursorOf(shown[0])) || null,
      ...(await countOf(session, values, after === null && before === null && !isCut ? rows.length : null)),
      boundedSince,
      sql: filledIn(sql, [...values, ...pageValues]),
    }
  })
}

/** Where a list begins that is sorted anew and has no beginning of its own. */
async function boundOf(session: Session, filter: RunFilter, { sort, after, before }: RunPageRequest) {
  if (sort === 'started' || filter.sinceMs !== null) return null
  const cursor = after ?? before
  if (cursor !== null) return cursor.boundedSince
  const values = [timeOf(filter.untilMs), mostSorted]
  const [bound] = await session.query<{ since: string }>(queryStatement('start_of_newest'), values)
  return bound?.since ?? null
}

function pageStatement({ sort, isAscending, limit, after, before }: RunPageRequest) {
  const [key, type] = sortKeys[sort]
  const cursor = after ?? before
  // a page before a row is read backwards from it
  const isForward = isAscending === (before === null)
  const place = cursor === null ? '' : `and (${key}, t.id) ${isForward ? '>' : '<'} ($14::${type}, $15::uuid)`
  const direction = isForward ? 'asc' : 'desc'
  const order = `order by ${key} ${direction}, t.id ${direction}`
  const sql = runsStatement({
    columns: `${queryStatement('run_columns').trim()}, (${key})::text as sort_key`,
    page: `${place}\n  ${order}\n  limit $${cursor === null ? 14 : 16}`,
    order,
  })
  return { sql, pageValues: [...(cursor === null ? [] : [cursor.key, cursor.id]), limit + 1] }
}

function runsStatement(parts: { readonly columns: string; readonly page: string; readonly order: string }): string {
  return queryStatement('matching_runs').replace(
    /\{(columns|page|order)\}/g,
    (_, part: keyof typeof parts) => parts[part],
  )
}

function withoutKey({ sort_key: _, ...run }: KeyedRun): RunRow {
  return run
}

async function countOf(session: Session, values: readonly unknown[], known: number | null) {
  if (known !== null) return { count: known, isCountLeast: false }
  const sql = `select count(*)::int as count from (${runsStatement({ columns: '1', page: 'limit $14', order: '' })}) matching`
  const [row] = await session.query<{ count: number }>(sql, [...values, mostCounted + 1])
  const { count } = row!
  return { count: Math.min(count, mostCounted), isCountLeast: count > mostCounted }
}

function valuesOf(filter: RunFilter, boundedSince: string | null): unknown[] {
  const { status, user, session, model, provider, mode, tool, agent, workflow, text, sinceMs, untilMs } = filter
  return [
    ...[status, user, user !== null && isUuid(user) ? user : null, session, model, provider, mode, tool, agent],
    ...[workflow && startingWith(workflow), text, boundedSince ?? timeOf(sinceMs), timeOf(untilMs)],
  ]
}

/** A pattern of LIKE, which an index serves: `starts_with` has one from PostgreSQL 15 on. */
function startingWith(text: string): string {
  return `${text.replace(/[\\%_]/g, (character) => `\\${character}`)}%`
}

/** Reads the rows of these workflows, in no particular order. */
export function readRuns(database: Database, workflows: readonly string[]): Promise<RunRow[]> {
  return readOnly(database, (session) =>
    session.query<RunRow>(`select ${queryStatement('run_columns').trim()} ${queryStatement('runs_by_workflow')}`, [
      workflows,
    ]),
  )
}

/** Whether there is a run at all. */
export async function hasRuns(database: Database): Promise<boolean> {
  const rows = await readOnly(database, (session) => session.query(queryStatement('any_run')))
  return rows.length > 0
}
