import { calcPrice } from '@pydantic/genai-prices'
import type { ExportRequest } from './accept/answers/receipt.ts'
import { openBudget } from './accept/body/budget.ts'
import { openGrpcServer } from './accept/grpc/grpc.ts'
import { openHttpServer } from './accept/http/http.ts'
import { assemble, jsonOf } from './assemble.ts'
import type { Config } from './config/settings.ts'
import { retentionOf } from './config/value-kinds.ts'
import { stackOf, Unavailable } from './errors.ts'
import type { Events } from './events.ts'
import { handleRequest } from './handle-request.ts'
import { type MaintenanceOptions, openMaintenance } from './maintenance.ts'
import { maskUrl } from './mask-url.ts'
import type { Pipeline } from './pipeline.ts'
import { createPrices } from './settle/prices/prices.ts'
import type { Database } from './store/database.ts'
import { type EmbeddedOptions, openEmbedded } from './store/embedded/embedded.ts'
import { openPostgres } from './store/postgres.ts'
import { readiness } from './store/readiness.ts'
import { checkMigrated, migrate } from './store/tables/migrate.ts'
import { databaseOf, severalServers, type TenantServers } from './store/tenant-servers.ts'
import { tenantsOf } from './store/tenants.ts'
import { adaptTables } from './transaction/tables/adapt-columns.ts'

/** A running receiver. `http` is a base URL, `grpc` host:port, `database` where the rows go, without a password. */
export interface Receiver extends AsyncDisposable {
  readonly http: string
  readonly grpc: string
  readonly database: string
  /** Accepts nothing new, commits and answers what is in flight, and closes everything. */
  stop(): Promise<void>
}

const embeddedWarnsFromBytes = 10e9

/** Opens the database, then the two servers. Throws `Misconfigured` for what must be set right first. */
export async function openReceiver(config: Config, events: Events): Promise<Receiver> {
  const opened: AsyncDisposable[] = []
  const open = <Resource extends AsyncDisposable>(resource: Resource) => {
    opened.unshift(resource)
    return resource
  }
  try {
    const onCreate = () => events.makingDatabase(config.dataDir)
    // senders wait for an answer meanwhile
    const connectTimeoutMs = Math.min(2_000, config.answerTimeoutMs)
    const servers = open(await openServers(config, { exclusive: true, onCreate, connectTimeoutMs }))
    const { database } = servers.serverOf('')
    await prepareServers(config, servers, events)
    open(openMaintenance(maintenanceOf(config, servers, events)))
    const pipeline = openPipeline(config, events, servers)
    const options = serverOptions(config, events, pipeline)
    const http = open(
      await openHttpServer({
        ...options,
        ...config.httpListen,
        corsOrigins: config.corsOrigins,
        ready: () => readiness(database),
      }),
    )
    const grpc = open(
      await openGrpcServer({ ...options, ...config.grpcListen, maxConnectionAgeMs: config.maxConnectionAgeMs }),
    )
    const stop = async () => {
      await Promise.all([http.stop(), grpc.stop()])
      await pipeline.queue.drained()
      await close(opened)
    }
    return { http: http.address, grpc: grpc.address, database: database.description, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await close(opened)
    throw error
  }
}

/** The stages behind the two servers, as the configuration says. */
export function openPipeline(config: Config, events: Events, servers: TenantServers): Pipeline {
  return assemble({
    settings: config,
    queue: {
      maxBatchFacts: config.maxBatchSpans,
      maxWaitingFacts: 16 * config.maxBatchSpans,
      beginWithinMs: config.beginWithinMs,
      retryPauseMs: () => 150,
    },
    prices: createPrices(calcPrice, config.prices),
    servers,
    events,
  })
}

async function close(opened: AsyncDisposable[]): Promise<void> {
  for (const resource of opened.splice(0)) await resource[Symbol.asyncDispose]()
}

function maintenanceOf(config: Config, servers: TenantServers, events: Events): MaintenanceOptions {
  // operators watch a server's disks; the embedded folder is where the command happened to be started
  const isWatched = config.databaseUrl === null && Object.keys(config.retention.all).length === 0
  return {
    servers,
    events,
    retentionOf: (tenant) => retentionOf(config.retention, tenant),
    warnFromBytes: isWatched ? embeddedWarnsFromBytes : null,
  }
}

/** The options of both servers. */
function serverOptions(config: Config, events: Events, pipeline: Pipeline) {
  return {
    receive: (request: ExportRequest) => handleRequest(pipeline, request),
    budget: openBudget(config.maxInflightBytes),
    maxRequestBytes: config.maxRequestBytes,
    answerTimeoutMs: config.answerTimeoutMs,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    onDiscarded: () => events.metricsDiscarded(),
    onRefused: events.requestRefused,
    onUnexpected: (error: unknown) => events.warning(`unexpected: ${stackOf(error)}`),
  }
}

/** Brings all databases up to date as `openReceiver` does, once for several processes that start together. */
export async function prepareDatabases(config: Config, events: Events): Promise<void> {
  await using servers = await openServers(config)
  await prepareServers(config, servers, events)
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
