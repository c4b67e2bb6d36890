import type { RunRow } from '../../../../queries/rows/run-rows.ts'
import { absoluteTime } from '../../format/times.ts'
import type { ListFilter } from '../../state/query.ts'
import type { Sort } from '../../state/route.ts'

/** Whether a changed row belongs to a list. What a row doesn't say (tools, agents, texts) it is taken not to match. */
export function matches(filter: ListFilter, row: RunRow): boolean {
  const { status, user, session, model, provider, mode, tool, agent, workflow, since, until, text } = filter
  if (tool !== undefined || agent !== undefined || text !== undefined) return false
  const equal: readonly (readonly [string | undefined, string | null])[] = [
    [status, row.status],
    [user, row.user],
    [session, row.session_id],
    [model, row.model_used],
    [provider, row.provider],
    [mode, row.mode],
  ]
  if (equal.some(([wanted, value]) => wanted !== undefined && wanted !== value)) return false
  if (workflow !== undefined && !row.workflow_id.startsWith(workflow)) return false
  const started = Date.parse(row.started_at)
  if (since !== undefined && started < Date.parse(absoluteTime(since) ?? '')) return false
  return !(until !== undefined && started >= Date.parse(absoluteTime(until) ?? ''))
}

const values: Readonly<Record<Sort, (row: RunRow) => number>> = {
  started: (row) => Date.parse(row.started_at),
  cost: (row) => Number(row.cost_nano_usd),
  tokens: (row) => row.total_tokens,
  duration: (row) => row.duration_ms ?? -1,
}

interface Order {
  readonly sort: Sort
  readonly order: 'asc' | 'desc'
  /** Whether no further page follows: a row may then be put behind the last one. */
  readonly isWhole: boolean
}

/** Rows with others put among them by the order of the list; those that belong on a later page are left out. */
export function place(rows: readonly RunRow[], added: readonly RunRow[], { sort, order, isWhole }: Order): RunRow[] {
  const sizeOf = values[sort]
  const placed = [...rows]
  for (const row of added) {
    const value = sizeOf(row)
    const index = placed.findIndex((one) => (order === 'desc' ? sizeOf(one) <= value : sizeOf(one) >= value))
    if (index >= 0) placed.splice(index, 0, row)
    else if (isWhole) placed.push(row)
  }
  return placed
}
