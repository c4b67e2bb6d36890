import type { Database } from './database.ts'
import { statement } from './statements.ts'

/** How the server is set up, as far as it matters for what is acknowledged. `clockMs` is its time since 1970. */
export interface ServerState {
  readonly version: string
  readonly newEnough: boolean
  readonly readOnly: boolean
  readonly fsync: string
  readonly fullPageWrites: string
  /** In our transactions, which set it themselves. */
  readonly synchronousCommit: string
  readonly role: string
  readonly clockMs: number
}

/** Privileges that are missing on a table. */
export interface MissingPrivileges {
  readonly table: string
  readonly privileges: string
}

const factTables = [
  'task_executions',
  'event_logs',
  'token_usage',
  'tool_executions',
  'agent_executions',
  'users',
  'usage_daily_aggregates',
]

export async function serverState(database: Database): Promise<ServerState> {
  const [state] = await database.transaction((session) => session.query<ServerState>(statement('server_state')))
  return state!
}

/** What this role may not do with the tables of a receiver; needs the tables. */
export function missingPrivileges(database: Database): Promise<MissingPrivileges[]> {
  return database.transaction((session) =>
    session.query<MissingPrivileges>(statement('missing_privileges'), [factTables]),
  )
}

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
