import type { Database } from '../database.ts'

/** A database server, or the embedded database, on which tenants are. */
export interface TenantServer {
  /** Names a server that only some tenants have, without a password; undefined for that of the default tenant. */
  readonly name: string | undefined
  /** The server's database, for its default tenant. */
  readonly database: Database
  /** Transactions that run at the same time. */
  readonly lanes: number
}

/** The servers of all tenants. A tenant is a schema of one of them, and no transaction is over two. */
export interface TenantServers extends AsyncDisposable {
  /** Returns the same object for all tenants of a server. */
  serverOf(tenant: string): TenantServer
  /** The tenants that have a server of their own. */
  readonly elsewhere: readonly string[]
}

/** Returns the database of a tenant, over the connections of its server. */
export function databaseOf(servers: TenantServers, tenant: string): Database {
  return servers.serverOf(tenant).database.forTenant(tenant)
}

/** All tenants are on one server. Closing this closes its database. */
export function oneServer(database: Database, lanes: number): TenantServers {
  const server: TenantServer = { name: undefined, database, lanes }
  return {
    serverOf: () => server,
    elsewhere: [],
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

/** Tenants in `own` have servers of their own; tenants with the same URL share one. All others are on `shared`. */
export function severalServers(
  shared: TenantServer,
  own: ReadonlyMap<string, string>,
  open: (url: string) => TenantServer,
): TenantServers {
  const byUrl = new Map<string, TenantServer>()
  for (const url of own.values()) if (!byUrl.has(url)) byUrl.set(url, open(url))
  return {
    serverOf: (tenant) => byUrl.get(own.get(tenant) ?? '') ?? shared,
    elsewhere: [...own.keys()],
    [Symbol.asyncDispose]: async () => {
      for (const { database } of [shared, ...byUrl.values()]) await database[Symbol.asyncDispose]()
    },
  }
}
