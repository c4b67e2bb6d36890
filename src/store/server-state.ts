import type { Database } from './database.ts'
import { storeStatement } from './statements.ts'

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

export async function serverState(database: Database): Promise<ServerState> {
  const [state] = await database.transaction((session) => session.query<ServerState>(storeStatement('server_state')))
  return state!
}

/** The privileges that this role lacks on these tables and on the receiver's own; needs the tables. */
export function missingPrivileges(database: Database, tables: readonly string[]): Promise<MissingPrivileges[]> {
  return database.transaction((session) =>
    session.query<MissingPrivileges>(storeStatement('missing_privileges'), [tables]),
  )
}
