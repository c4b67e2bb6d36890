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
  readonly sql: string
}

/** Rows are counted up to this: an exact count reads all of them. */
const mostCounted = 1_000

const sortKeys: Readonly<Record<RunSort, readonly [key: string, type: string]>> = {
  started: ['t.started_at', 'timestamptz'],
  cost: ['coalesce(nullif(t.total_cost_nano_usd, 0), (t.total_cost_usd * 1000000000)::bigint, 0)', 'bigint'],
  tokens: ['coalesce(t.total_tokens, 0)', 'int'],
  duration: ['coalesce(t.duration_ms, -1)', 'int'],
}

type KeyedRun = RunRow & { readonly sort_key: string }

/** Reads a page of the runs that match. */
export async function listRuns(database: Database, filter: RunFilter, page: RunPageRequest): Promise<RunPage> {
  const values = valuesOf(filter)
  const { limit, after, before } = page
  const { sql, pageValues } = pageStatement(page)
  return readOnly(database, async (session) => {
    const rows = await session.query<KeyedRun>(sql, [...values, ...pageValues])
    const shown = before === null ? rows.slice(0, limit) : rows.slice(0, limit).reverse()
    const isCut = rows.length > limit
    const cursorOf = (row: KeyedRun | undefined) => row && { sort: page.sort, key: row.sort_key, id: row.id }
    const hasMore = before === null ? isCut : true
    const hasBefore = before === null ? after !== null : isCut
    return {
      runs: shown.map(withoutKey),
      next: (hasMore && cursorOf(shown.at(-1))) || null,
      previous: (hasBefore && cursorOf(shown[0])) || null,
      ...(await countOf(session, values, after === null && before === null && !isCut ? rows.length : null)),
      sql: filledIn(sql, [...values, ...pageValues]),
    }
  })
}

function pageStatement({ sort, isAscending, limit, after, before }: RunPageRequest) {
  const [key, type] = sortKeys[sort]
  const cursor = after ?? before
  // a page before a row is read backwards from it
  const isForward = isAscending === (before === null)
  const place = cursor === null ? '' : `and (${key}, t.id) ${isForward ? '>' : '<'} ($14::${type}, $15::uuid)`
  const direction = isForward ? 'asc' : 'desc'
  const limited = `order by ${key} ${direction}, t.id ${direction}\nlimit $${cursor === null ? 14 : 16}`
  const sql = runsStatement(
    `${queryStatement('run_columns').trim()}, (${key})::text as sort_key`,
    `${place}\n${limited}`,
  )
  return { sql, pageValues: [...(cursor === null ? [] : [cursor.key, cursor.id]), limit + 1] }
}

function runsStatement(columns: string, page: string): string {
  return queryStatement('matching_runs')
    .replace('{columns}', () => columns)
    .replace('{page}', () => page)
}

function withoutKey({ sort_key: _, ...run }: KeyedRun): RunRow {
  return run
}

async function countOf(session: Session, values: readonly unknown[], known: number | null) {
  if (known !== null) return { count: known, isCountLeast: false }
  const sql = `select count(*)::int as count from (${runsStatement('1', 'limit $14')}) matching`
  const [row] = await session.query<{ count: number }>(sql, [...values, mostCounted + 1])
  const { count } = row!
  return { count: Math.min(count, mostCounted), isCountLeast: count > mostCounted }
}

function valuesOf(filter: RunFilter): unknown[] {
  const { status, user, session, model, provider, mode, tool, agent, workflow, text, sinceMs, untilMs } = filter
  return [
    ...[status, user, user !== null && isUuid(user) ? user : null, session, model, provider, mode, tool, agent],
    ...[workflow, text, timeOf(sinceMs), timeOf(untilMs)],
  ]
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
