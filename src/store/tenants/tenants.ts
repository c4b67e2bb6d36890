import { Unavailable } from '../../errors.ts'
import type { Database } from '../database.ts'
import { quoted, schemaOf } from '../search-path.ts'
import { storeStatement } from '../statements.ts'
import { checkedTenantName, tenantNameFault } from './tenant-name.ts'
import type { TenantServer, TenantServers } from './tenant-servers.ts'

/** Lists the tenants that are schemas of this server, without the default tenant. The schemas are the list: no table is. */
export async function listTenants(database: Database): Promise<string[]> {
  const rows = await database.transaction((session) => session.query<{ name: string }>(storeStatement('list_tenants')))
  return rows.map(({ name }) => name).filter((name) => tenantNameFault(name) === undefined)
}

/** The tenants of all servers, without the default tenant: schemas of the shared server, and those with a server of their own. */
export async function tenantsOf(servers: TenantServers): Promise<string[]> {
  const onShared = await listTenants(servers.serverOf('').database)
  return [...new Set([...onShared, ...servers.elsewhere])].sort()
}

/** Whether a tenant has its tables. A tenant that the settings name is made by `tenant add`, `migrate` and `serve`. */
export type TenantState = 'made' | 'not made' | 'away'

/** The tenants of all servers, and whether each is there. A server that is away keeps the others from nothing. */
export async function tenantStates(
  servers: TenantServers,
): Promise<{ readonly tenant: string; readonly state: TenantState }[]> {
  const found = new Map<TenantServer, readonly string[] | null>()
  const states: { tenant: string; state: TenantState }[] = []
  for (const tenant of await tenantsOf(servers)) {
    const server = servers.serverOf(tenant)
    if (!found.has(server)) found.set(server, await listTenants(server.database).catch(noneIfAway))
    const there = found.get(server)
    states.push({ tenant, state: there == null ? 'away' : there.includes(tenant) ? 'made' : 'not made' })
  }
  return states
}

function noneIfAway(error: unknown): null {
  if (error instanceof Unavailable) return null
  throw error
}

/** What goes with a tenant. */
export interface TenantContents {
  readonly tables: number
  /** With a unit: `12 MB`. */
  readonly size: string
  /** A whole number, as text. */
  readonly tasks: string
}

/** Reads what goes with a tenant, which must exist. */
export async function tenantContents(database: Database): Promise<TenantContents> {
  const [contents] = await database.transaction(
    (session) => session.query<TenantContents>(storeStatement('tenant_contents')),
    { lockTimeoutMs: 10_000, statementTimeoutMs: 0 },
  )
  return contents!
}

/** What a tenant has in its tables and in the archive. */
export interface TenantRows {
  readonly runs: number
  /** The tables that have rows. */
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly foreign: number }[]
  readonly files: readonly { readonly file: string; readonly rows: number }[]
}

/** Counts the rows of all tables of a tenant, which must exist. */
export async function tenantRows(database: Database): Promise<TenantRows> {
  return database.transaction(
    async (session) => {
      const tables: { table: string; rows: number; foreign: number }[] = []
      for (const { name } of await session.query<{ name: string }>(storeStatement('tenant_tables'))) {
        const [row] = await session.query<{ rows: string }>(`select count(*)::text as rows from ${quoted(name)}`)
        if (row!.rows !== '0') tables.push({ table: name, rows: Number(row!.rows), foreign: 0 })
      }
      const runs = tables.find(({ table }) => table === 'workflows')?.rows ?? 0
      const files = await session.query<{ file: string; rows: number }>(storeStatement('tenant_files'))
      return { runs, tables, files }
    },
    { lockTimeoutMs: 10_000, statementTimeoutMs: 0 },
  )
}

/** Drops the schema of a tenant, with all that is in it and all that depends on it, such as views of other schemas. */
export async function dropTenant(database: Database): Promise<void> {
  const schema = quoted(schemaOf(checkedTenantName(database.tenant)))
  await database.transaction((session) => session.query(`drop schema ${schema} cascade`), {
    lockTimeoutMs: 10_000,
    statementTimeoutMs: 0,
  })
}
