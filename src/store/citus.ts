import { Misconfigured } from '../errors.ts'
import type { Database, Session } from './database.ts'
import { quoted, schemaOf } from './search-path.ts'
import { storeStatement } from './statements.ts'

/** Writers wait while the rows of a tenant are copied, which takes as long as it takes. */
const limits = { lockTimeoutMs: 10_000, statementTimeoutMs: 0 }

/** Throws `Misconfigured` unless a tenant can be moved to a node: the database is the coordinator of Citus 12 or newer. */
export async function checkDistributes({ description, transaction }: Database): Promise<void> {
  const [server] = await transaction((session) =>
    session.query<{ distributes: boolean }>(storeStatement('distributes_schemas')),
  )
  if (!server!.distributes)
    throw new Misconfigured(
      `${description} is no Citus 12 or newer, so nothing was made: without --distribute a tenant is a schema of this server.`,
    )
}

/**
 * Moves the schema of a tenant, with its rows, to a node of Citus, which chooses the node. A tenant's facts and books are
 * in one schema, so all of a transaction is on that node. Returns false where the schema is distributed already.
 */
export function distributeTenant(database: Database): Promise<boolean> {
  const schema = schemaOf(database.tenant)
  return database.transaction(async (session) => {
    if (await isDistributed(session, schema)) return false
    await session.query(storeStatement('distribute_schema'), [quoted(schema)])
    return true
  }, limits)
}

/** Whether the rows of a relation are on a node of Citus, and none on the server that is asked. */
export async function isOnCitusNode(session: Session, relation: string): Promise<boolean> {
  const [server] = await session.query<{ distributes: boolean }>(storeStatement('distributes_schemas'))
  if (!server!.distributes) return false
  const found = await session.query(storeStatement('citus_table'), [relation])
  return found.length > 0
}

async function isDistributed(session: Session, schema: string): Promise<boolean> {
  const [row] = await session.query<{ distributed: boolean }>(storeStatement('is_distributed'), [quoted(schema)])
  return row!.distributed
}
