import type { Database } from '../store/database.ts'
import { statement } from './statements.ts'

/** Whether this workflow has a task that has ended well. */
export async function hasCompleted(database: Database, workflow: string): Promise<boolean> {
  const rows = await database.transaction((session) =>
    session.query("select from task_executions where workflow_id = $1 and status = 'COMPLETED'", [workflow]),
  )
  return rows.length > 0
}

/** Removes a run that has one trace and nothing but a task and its events, and all memory of it. */
export async function forgetRun(database: Database, workflow: string, trace: string): Promise<void> {
  await database.transaction((session) => session.query(statement('forget_run'), [workflow, trace]))
}
