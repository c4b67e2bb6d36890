import { isUuid } from '../../columns.ts'
import type { Database } from '../../store/database.ts'
import { readOnly } from '../read-only.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'

/** A run as lists show it: a row of `task_executions` with the name of its user. Times are RFC 3339, exact to the microsecond. */
export interface ListedTask {
  readonly id: string
  readonly workflow_id: string
  readonly status: string
  readonly query: string
  readonly user: string | null
  readonly session_id: string | null
  readonly mode: string | null
  readonly model_used: string | null
  readonly provider: string | null
  readonly started_at: string
  readonly completed_at: string | null
  readonly duration_ms: number | null
  readonly total_tokens: number | null
  readonly prompt_tokens: number | null
  readonly completion_tokens: number | null
  readonly cache_read_tokens: number | null
  readonly cache_creation_tokens: number | null
  /** A whole number, as text. */
  readonly total_cost_nano_usd: string
  readonly agents_used: number | null
  readonly tools_invoked: number | null
  readonly error_message: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  readonly created_at: string
}

/** Which runs a list has; null: any. */
export interface TaskFilter {
  readonly status: string | null
  /** As spans name the user, or the id in `users`. */
  readonly user: string | null
  readonly session: string | null
  readonly model: string | null
  readonly mode: string | null
  /** The runs that started at this time or later, in milliseconds since 1970. */
  readonly sinceMs: number | null
  readonly untilMs: number | null
}

/** The place of a row in a list; the next page begins after it. */
export interface TaskCursor {
  readonly createdAt: string
  readonly id: string
}

/** A page of a list, and the place after which the next one begins: null on the last page. */
export interface TaskPage {
  readonly tasks: readonly ListedTask[]
  readonly next: TaskCursor | null
}

/** Lists runs in the order in which they arrived, the latest first. */
export async function listTasks(
  database: Database,
  filter: TaskFilter,
  page: { readonly limit: number; readonly after: TaskCursor | null },
): Promise<TaskPage> {
  const { status, user, session, model, mode, sinceMs, untilMs } = filter
  const { limit, after } = page
  const userId = user !== null && isUuid(user) ? user : null
  const rows = await readOnly(database, (session_) =>
    session_.query<ListedTask>(queryStatement('list_tasks'), [
      ...[status, user, userId, session, model, mode, timeOf(sinceMs), timeOf(untilMs)],
      ...[after?.createdAt ?? null, after?.id ?? null, limit + 1],
    ]),
  )
  const tasks = rows.slice(0, limit)
  const last = tasks.at(-1)
  return {
    tasks,
    next: rows.length > limit && last !== undefined ? { createdAt: last.created_at, id: last.id } : null,
  }
}

/** Reads a run by its workflow id, or by the id of its task; undefined where there is none. */
export async function readTask(
  database: Database,
  id: string,
): Promise<(ListedTask & { readonly result: string | null }) | undefined> {
  return readOnly(database, async (session) => {
    const byWorkflow = async (workflow: string) =>
      (await session.query<ListedTask & { result: string | null }>(queryStatement('one_task'), [workflow]))[0]
    const named = await byWorkflow(id)
    if (named !== undefined || !isUuid(id)) return named
    const [found] = await session.query<{ workflow_id: string }>(queryStatement('task_by_id'), [id])
    return found && byWorkflow(found.workflow_id)
  })
}
