import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type pg from 'pg'
import { type AssembledPipeline, assemble } from '../assemble.ts'
import { messageOf, Unavailable } from '../errors.ts'
import { maskUrl } from '../mask-url.ts'
import type { ItemOutcome, Pipeline } from '../pipeline.ts'
import type { QueueOptions } from '../queue/options.ts'
import { createPrices } from '../settle/prices/prices.ts'
import type { Database } from '../store/database.ts'
import { databaseOnPglite } from '../store/embedded/external-pglite.ts'
import { databaseOnPool, openPostgres } from '../store/postgres/postgres.ts'
import { migrate } from '../store/tables/migrate.ts'
import { oneServer } from '../store/tenants/tenant-servers.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import type { ExporterSettings } from './config/settings.ts'
import type { ExporterEvents } from './telemetry/exporter-events.ts'

/** The database that several exporters of an app may share. Nothing is opened before the first export (E19). */
export interface SharedDatabase {
  readonly settings: ExporterSettings
  readonly events: ExporterEvents
  /**
   * The pipeline that writes into it; the first call opens it. Throws `Unavailable` to be retried, at once where the
   * database has been away for long (E8), and `Misconfigured` for what must be set right first.
   */
  pipeline(): Promise<Pipeline>
  /** Counts one exporter more. */
  share(): void
  /** Counts one exporter less; the last one closes the database. */
  leave(): Promise<void>
}

/** Counts the caller as the first exporter. */
export function openSharedDatabase(settings: ExporterSettings, exporterEvents: ExporterEvents): SharedDatabase {
  const database = databaseOf(settings)
  const breaker = createCircuitBreaker(settings.timeoutMs)
  const events: ExporterEvents = {
    ...exporterEvents,
    databaseAway: (why) => {
      breaker.failed(why)
      exporterEvents.databaseAway(why)
    },
    databaseBack: () => {
      breaker.recovered()
      exporterEvents.databaseBack()
    },
  }
  let opening: Promise<AssembledPipeline> | undefined
  let exporters = 1
  return {
    settings,
    events,
    pipeline: async () => {
      breaker.check()
      opening ??= openPipeline(database, settings, events).catch((error: unknown) => {
        opening = undefined
        if (error instanceof Unavailable) events.databaseAway(error.message)
        else events.error(`the database can not be opened: ${messageOf(error)}`)
        throw error
      })
      return opening
    },
    share: () => {
      exporters++
    },
    leave: async () => {
      if (--exporters > 0) return
      await opening?.then(({ moves }) => moves.stop()).catch(() => {})
      await database[Symbol.asyncDispose]()
    },
  }
}

async function openPipeline(
  database: Database,
  settings: ExporterSettings,
  events: ExporterEvents,
): Promise<AssembledPipeline> {
  // Not before there is something to write: reading a long list of prices would delay the start of the app.
  const { calcPrice } = await import('@pydantic/genai-prices')
  const { lanes, ...queue } = queueOptions(settings)
  if (settings.migrate) await migrateWithRetries(database.forTenant(settings.tenant), queue)
  const pipeline = assemble({
    settings,
    queue,
    prices: createPrices(calcPrice, settings.prices),
    servers: oneServer(database, lanes),
    events,
    pause: turn,
  })
  // what an app has left that ended in the middle: nothing else may look for it where no receiver runs
  pipeline.moves.takeOver(settings.tenant).catch(() => {})
  return pipeline
}

/** Waits for a database that is only starting for as long as a batch would. */
async function migrateWithRetries(database: Database, { beginWithinMs, retryPauseMs }: RetryOptions): Promise<void> {
  const lateMs = performance.now() + beginWithinMs
  for (let attempt = 1; ; attempt++) {
    try {
      await migrate(database)
      return
    } catch (error) {
      if (!(error instanceof Unavailable) || performance.now() > lateMs) throw error
      await sleep(retryPauseMs(attempt))
    }
  }
}

type RetryOptions = Pick<QueueOptions<ItemOutcome>, 'beginWithinMs' | 'retryPauseMs'>

/** A batch begins within the first half of an export's time, and its transaction takes at most the other half. */
function queueOptions({ timeoutMs, poolSize, maxPendingItems, database }: ExporterSettings) {
  return {
    lanes: database === undefined ? Math.min(poolSize, 2) : 1,
    // an export of the SDK, by default 512 spans, is one transaction: an app does not wait for its answer as senders do
    factsPerLane: 1_024,
    maxBatchFacts: 2_048,
    maxWaitingFacts: maxPendingItems,
    beginWithinMs: 0.4 * timeoutMs,
    retryPauseMs: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2),
  }
}

function databaseOf({ connectionString, pool, database, poolSize, timeoutMs }: ExporterSettings): Database {
  if (database !== undefined) return databaseOnPglite(database)
  const longest = 0.5 * timeoutMs
  const limits = { lockTimeoutMs: Math.min(2_000, longest), statementTimeoutMs: longest, wholeMs: longest }
  if (pool !== undefined) return databaseOnPool(pool as pg.Pool, { description: 'the given pool', limits })
  return openPostgres({
    url: connectionString,
    connections: poolSize,
    connectTimeoutMs: Math.min(2_000, longest),
    description: connectionString === undefined ? 'PostgreSQL as PG* say' : maskUrl(connectionString),
    applicationName: 'spanledger-exporter',
    limits,
  })
}
