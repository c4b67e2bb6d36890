import { Misconfigured } from '../../errors.ts'
import type { Database } from '../database.ts'
import { quoted, schemaOf } from '../search-path.ts'
import { storeStatement } from '../statements.ts'

/** What a role may read after a grant. */
export interface GrantedReader {
  /** As schema.name. */
  readonly tables: readonly string[]
  /** Tables of the books and of other tenants that the role may read as well, by another grant. */
  readonly elsewhere: readonly string[]
}

/** The role that reads, and what it may read. */
export interface ReaderGrant {
  readonly role: string
  /** Names of the tables that people read. */
  readonly tables: readonly string[]
  /** The tenants whose tables are not the role's. */
  readonly others: readonly string[]
}

/**
 * Lets a role read the tables of a tenant that people read: the tables themselves, and no partition by its own name, none
 * of the books, and nothing that is made later. Throws `Misconfigured` for a role that doesn't exist or may do everything.
 */
export function grantReader(database: Database, { role, tables, others }: ReaderGrant): Promise<GrantedReader> {
  return database.transaction(async (session) => {
    const [state] = await session.query<{ superuser: boolean }>(storeStatement('role_state'), [role])
    if (state === undefined)
      throw new Misconfigured(`there is no role ${role}: create role ${quoted(role)} login password '…' makes it.`)
    if (state.superuser) throw new Misconfigured(`the role ${role} is a superuser, and reads every tenant's tables.`)
    const found = await session.query<{ schema: string; name: string }>(storeStatement('named_tables'), [tables])
    for (const schema of new Set(found.map((table) => table.schema)))
      await session.query(`grant usage on schema ${quoted(schema)} to ${quoted(role)}`)
    for (const { schema, name } of found)
      await session.query(`grant select on ${quoted(schema)}.${quoted(name)} to ${quoted(role)}`)
    const granted = found.map(({ schema, name }) => `${schema}.${name}`)
    const schemas = [...new Set([...found.map(({ schema }) => schema), ...['', ...others].map(schemaOf)])]
    const elsewhere = await session.query<{ name: string }>(storeStatement('readable_elsewhere'), [
      role,
      database.tenant === '' ? schemas : [...schemas, 'public'],
      granted,
    ])
    return { tables: granted, elsewhere: elsewhere.map(({ name }) => name) }
  })
}
