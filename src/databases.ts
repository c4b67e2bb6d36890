import type { Config } from './config/settings.ts'
import { maskUrl } from './mask-url.ts'
import type { Database } from './store/database.ts'
import type { EmbeddedOptions } from './store/embedded/embedded.ts'
import { openPostgres } from './store/postgres/postgres.ts'
import { databaseOf, severalServers, type TenantServers } from './store/tenants/tenant-servers.ts'

/** How the embedded database is opened, and how long to wait for a PostgreSQL, which is always shared and was made before. */
export type Opening = Omit<EmbeddedOptions, 'folder' | 'maxHoldMs'> & { readonly connectTimeoutMs?: number }

/** A command may wait for a busy server longer than a receiver, whose senders wait for an answer. */
const commandConnectTimeoutMs = 10_000

/**
 * Opens the database that the configuration names for tenants without a server of their own. What opens the embedded one
 * is loaded where there is one: a command on a server starts sooner without it.
 */
export async function openDatabase(
  config: Config,
  opening: Opening = { exclusive: false, onCreate: () => {} },
): Promise<Database> {
  if (config.databaseUrl !== null) return openServer(config, config.databaseUrl, opening)
  const { openEmbedded } = await import('./store/embedded/embedded.ts')
  return openEmbedded({ folder: config.dataDir, maxHoldMs: config.turnTimeoutMs, ...opening })
}

/** Opens the databases of all tenants. Those of servers connect when they are first used. */
export async function openServers(config: Config, opening?: Opening): Promise<TenantServers> {
  const database = await openDatabase(config, opening)
  const shared = { name: undefined, database, lanes: config.databaseUrl === null ? 1 : config.lanes }
  return severalServers(shared, new Map(Object.entries(config.tenants)), (url) => ({
    name: maskUrl(url),
    database: openServer(config, url, opening),
    lanes: config.lanes,
  }))
}

function openServer(config: Config, url: string, opening: Partial<Opening> = {}): Database {
  return openPostgres({
    url,
    connections: config.lanes + 2,
    connectTimeoutMs: opening.connectTimeoutMs ?? commandConnectTimeoutMs,
    description: maskUrl(url),
  })
}

/** The databases that readers have. */
export interface Readers extends AsyncDisposable {
  /** The database of a tenant, for reading alone. */
  of(tenant: string): Database
}

/** Connections of readers, who must not take those of senders. */
const readerConnections = 4

/**
 * Opens the databases that are read from: that of `reader_database_url` for all tenants without a server of their own, and
 * for the others those that are written to, over connections of their own.
 */
export function openReaders(config: Config, servers: TenantServers): Readers {
  const url = config.readerDatabaseUrl ?? config.databaseUrl
  const open = (of: string) =>
    openPostgres({
      url: of,
      connections: readerConnections,
      connectTimeoutMs: commandConnectTimeoutMs,
      description: maskUrl(of),
      applicationName: 'spanledger page',
    })
  const own = new Map(Object.entries(config.tenants).map(([tenant, of]) => [tenant, open(of)]))
  const shared = url === null ? null : open(url)
  return {
    of: (tenant) => (own.get(tenant) ?? shared)?.forTenant(tenant) ?? databaseOf(servers, tenant),
    async [Symbol.asyncDispose]() {
      for (const database of [...own.values(), ...(shared === null ? [] : [shared])])
        await database[Symbol.asyncDispose]()
    },
  }
}
