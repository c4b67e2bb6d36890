import type { Database } from './database.ts'
import { storeStatement } from './statements.ts'

/** The settings of a server on which an acknowledged commit depends. */
export interface ServerState {
  readonly version: string
  readonly newEnough: boolean
  readonly readOnly: boolean
  readonly fsync: string
  readonly fullPageWrites: string
  /** The value within our transactions, which set it themselves. */
  readonly synchronousCommit: string
  readonly role: string
  /** The server's time, in milliseconds since 1970. */
  readonly clockMs: number
}

/** The privileges that a role lacks on a table, separated by commas. */
export interface MissingPrivileges {
  readonly table: string
  readonly privileges: string
}

/** Reads how the server is set up. */
export async function serverState(database: Database): Promise<ServerState> {
  const [state] = await database.transaction((session) => session.query<ServerState>(storeStatement('server_state')))
  return state!
}

/** Reads the privileges that this role lacks on these tables and on those of the schema spanledger, which must exist. */
export function missingPrivileges(database: Database, tables: readonly string[]): Promise<MissingPrivileges[]> {
  return database.transaction((session) =>
    session.query<MissingPrivileges>(storeStatement('missing_privileges'), [tables]),
  )
}
