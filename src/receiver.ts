import { calcPrice } from '@pydantic/genai-prices'
import type { ExportRequest } from './accept/answers/receipt.ts'
import { openBudget } from './accept/body/budget.ts'
import { openGrpcServer } from './accept/grpc/grpc.ts'
import { openHttpServer } from './accept/http/http.ts'
import { assemble, jsonOf } from './assemble.ts'
import type { Config } from './config/settings.ts'
import { stackOf } from './errors.ts'
import type { Events } from './events.ts'
import { handleRequest } from './handle-request.ts'
import { maskUrl } from './mask-url.ts'
import type { Pipeline } from './pipeline.ts'
import { createPrices } from './settle/prices/prices.ts'
import type { Database } from './store/database.ts'
import { type EmbeddedOptions, openEmbedded } from './store/embedded/embedded.ts'
import { openPostgres } from './store/postgres.ts'
import { readiness } from './store/readiness.ts'
import { checkMigrated, migrate } from './store/tables/migrate.ts'
import { adaptTables } from './transaction/tables/adapt-columns.ts'

/** A running receiver. `http` is a base URL, `grpc` host:port, `database` where the rows go, without a password. */
export interface Receiver extends AsyncDisposable {
  readonly http: string
  readonly grpc: string
  readonly database: string
  /** Accepts nothing new, commits and answers what is in flight, and closes everything. */
  stop(): Promise<void>
}

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
    const database = open(await openDatabase(config, { exclusive: true, onCreate, connectTimeoutMs }))
    await upToDate(config, database)
    const pipeline = openPipeline(config, events, database)
    const options = serverOptions(config, events, pipeline)
    const http = open(
      await openHttpServer({
        ...options,
        ...config.httpListen,
        corsOrigins: config.corsOrigins,
        ready: () => readiness(database),
      }),
    )
    const grpc = open(await openGrpcServer({ ...options, ...config.grpcListen }))
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
export function openPipeline(config: Config, events: Events, database: Database): Pipeline {
  return assemble({
    settings: config,
    queue: {
      lanes: config.databaseUrl === null ? 1 : config.lanes,
      maxBatchFacts: config.maxBatchSpans,
      maxWaitingFacts: 16 * config.maxBatchSpans,
      beginWithinMs: config.beginWithinMs,
      retryPauseMs: () => 150,
    },
    prices: createPrices(calcPrice, config.prices),
    database,
    events,
  })
}

async function close(opened: AsyncDisposable[]): Promise<void> {
  for (const resource of opened.splice(0)) await resource[Symbol.asyncDispose]()
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

/** Brings the database up to date as `openReceiver` does, once for several processes that start together. */
export async function prepareDatabase(config: Config): Promise<void> {
  await using database = await openDatabase(config)
  await upToDate(config, database)
}

async function upToDate(config: Config, database: Database): Promise<void> {
  if (config.migrate) await migrate(database)
  else await checkMigrated(database)
  await database.transaction((session) => adaptTables(session, (text) => jsonOf(text, config)))
}

/** Makes or upgrades the tables; returns the names of the steps taken. */
export async function migrateDatabase(config: Config): Promise<string[]> {
  await using database = await openDatabase(config)
  return await migrate(database)
}

/** How the embedded database is opened, and how long to wait for a PostgreSQL, which is always shared and was made before. */
export type Opening = Omit<EmbeddedOptions, 'folder' | 'maxHoldMs'> & { readonly connectTimeoutMs?: number }

/** A command may wait for a busy server longer than a receiver, whose senders wait for an answer. */
const commandConnectTimeoutMs = 10_000

/** Opens the database that the configuration names. */
export async function openDatabase(
  config: Config,
  opening: Opening = { exclusive: false, onCreate: () => {} },
): Promise<Database> {
  if (config.databaseUrl === null)
    return openEmbedded({ folder: config.dataDir, maxHoldMs: config.turnTimeoutMs, ...opening })
  return openPostgres({
    url: config.databaseUrl,
    connections: config.lanes + 2,
    connectTimeoutMs: opening.connectTimeoutMs ?? commandConnectTimeoutMs,
    description: maskUrl(config.databaseUrl),
  })
}
