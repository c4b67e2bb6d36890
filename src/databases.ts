import { setTimeout as sleep } from 'node:timers/promises'
import { jsonOf } from './assemble.ts'
import { type Config, settings } from './config/settings.ts'
import { Unavailable } from './errors.ts'
import type { Events } from './events/events.ts'
import { maskUrl } from './mask-url.ts'
import type { Database } from './store/database.ts'
import { type EmbeddedOptions, openEmbedded } from './store/embedded/embedded.ts'
import { openPostgres } from './store/postgres.ts'
import { checkMigrated, migrate } from './store/tables/migrate.ts'
import { databaseOf, severalServers, type TenantServers } from './store/tenant-servers.ts'
import { tenantsOf } from './store/tenants.ts'
import { adaptTables } from './transaction/tables/adapt-columns.ts'

/**
 * Brings all databases up to date as `openReceiver` does, once for several processes that start together. A server that is
 * away is left to these, which wait for it.
 */
export async function prepareDatabases(config: Config, events: Events): Promise<void> {
  await using servers = await openServers(config)
  await prepareInTime({ ...config, startTimeoutMs: 0 }, servers, events).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error
  })
}

const pauseMs = 500

function stillAway({ startTimeoutMs }: Config, servers: TenantServers, { message }: Unavailable): string {
  const { description } = servers.serverOf('').database
  return `${message}. It is ${description}, and was waited for ${startTimeoutMs} ms (${settings.startTimeoutMs.key})`
}

/**
 * Brings the tables of all tenants up to date. Waits for a server that is away for at most `startTimeoutMs`, so that
 * receivers which start together with their database need no order.
 */
export async function prepareInTime(config: Config, servers: TenantServers, events: Events): Promise<void> {
  const lastMs = performance.now() + config.startTimeoutMs
  for (;;) {
    try {
      await prepareServers(config, servers, events)
      return events.databaseBack()
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      if (performance.now() >= lastMs) throw new Unavailable(stillAway(config, servers, error))
      events.databaseAway(error.message)
      await sleep(pauseMs)
    }
  }
}

/**
 * Brings the tables of all tenants up to date. The server of the default tenant must answer; a tenant whose own server
 * is away is served when that is back.
 */
async function prepareServers(config: Config, servers: TenantServers, events: Events): Promise<void> {
  await prepareTenant(config, databaseOf(servers, ''))
  for (const tenant of await tenantsOf(servers))
    await prepareTenant(config, databaseOf(servers, tenant)).catch((error: unknown) => {
      if (!(error instanceof Unavailable) || !servers.elsewhere.includes(tenant)) throw error
      events.warning(
        `the tables of the tenant ${tenant} can't be brought up to date: ${error.message}. \`spanledger migrate\` does it when they can.`,
      )
    })
}

async function prepareTenant(config: Config, database: Database): Promise<void> {
  if (config.migrate) await migrate(database)
  else await checkMigrated(database)
  await database.transaction((session) => adaptTables(session, (text) => jsonOf(text, config)))
}

/** Makes or upgrades the tables of all tenants; returns the names of the steps taken, by tenant. */
export async function migrateTenants(config: Config): Promise<ReadonlyMap<string, readonly string[]>> {
  await using servers = await openServers(config)
  const applied = new Map([['', await migrate(databaseOf(servers, ''))]])
  for (const tenant of await tenantsOf(servers)) applied.set(tenant, await migrate(databaseOf(servers, tenant)))
  return applied
}

/** How the embedded database is opened, and how long to wait for a PostgreSQL, which is always shared and was made before. */
export type Opening = Omit<EmbeddedOptions, 'folder' | 'maxHoldMs'> & { readonly connectTimeoutMs?: number }

/** A command may wait for a busy server longer than a receiver, whose senders wait for an answer. */
const commandConnectTimeoutMs = 10_000

/** Opens the database that the configuration names for tenants without a server of their own. */
export async function openDatabase(
  config: Config,
  opening: Opening = { exclusive: false, onCreate: () => {} },
): Promise<Database> {
  if (config.databaseUrl === null)
    return openEmbedded({ folder: config.dataDir, maxHoldMs: config.turnTimeoutMs, ...opening })
  return openServer(config, config.databaseUrl, opening)
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
