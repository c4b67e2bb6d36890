import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type pg from 'pg'
import { assemble } from '../assemble.ts'
import type { Decoded, Signal } from '../decode/span.ts'
import { messageOf, Unavailable } from '../errors.ts'
import { maskUrl } from '../mask-url.ts'
import { type ItemOutcome, type MappedItems, mapItems, type Pipeline, storeItems } from '../pipeline.ts'
import type { QueueOptions } from '../queue/queue.ts'
import { createPrices } from '../settle/prices/prices.ts'
import type { Database } from '../store/database.ts'
import { givenPglite } from '../store/embedded/external-pglite.ts'
import { givenPool, openPostgres } from '../store/postgres.ts'
import { migrate } from '../store/tables/migrate.ts'
import type { RefusedSpan } from '../transaction/refused.ts'
import type { Telling } from './exporter-events.ts'
import type { ExporterSettings } from './settings.ts'

/** A slice of what an app exports: read, and how one of it is written as a request. */
export interface Slice {
  readonly decoded: Decoded
  readonly requestOf: (index: number) => Uint8Array
}

/** The way to the database, which several exporters of an app may share. Nothing is opened before the first export. */
export interface Connection {
  readonly settings: ExporterSettings
  readonly telling: Telling
  /**
   * Answers after COMMIT with what was refused. Throws `Unavailable` for what may pass, at once where the database has
   * been away for long; `Misconfigured` for what somebody must set right.
   */
  write(signal: Signal, slices: Iterable<Slice>): Promise<readonly RefusedSpan[]>
  /** The same for spans that are still open, of which only those are written that are recognised as parts of a run. */
  writeOpen(slices: Iterable<Slice>): Promise<readonly RefusedSpan[]>
  /** Whoever opened it or shares it; the last one that goes closes it. */
  share(): void
  leave(): Promise<void>
}

/** While the database is away for longer than an export may take, it is asked this often. */
const askEveryMs = 1_000

export function openConnection(settings: ExporterSettings, telling: Telling): Connection {
  const database = databaseOf(settings)
  const absence = watchAbsence(settings.timeoutMs)
  const events = {
    ...telling,
    databaseAway: (why: string) => {
      absence.away(why)
      telling.databaseAway(why)
    },
    databaseBack: () => {
      absence.back()
      telling.databaseBack()
    },
  }
  const queue = queueOptions(settings)
  let opening: Promise<Pipeline> | undefined
  let users = 1
  const opened = () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      const why = messageOf(error)
      if (error instanceof Unavailable) events.databaseAway(why)
      else telling.error(`the database can not be opened: ${why}`)
      throw error
    })
    return opening
  }
  const open = async (): Promise<Pipeline> => {
    // not before there is something to write: an app's start is not the time to read a long list
    const { calcPrice } = await import('@pydantic/genai-prices')
    if (settings.migrate) await migratePatiently(database, queue)
    return assemble({
      settings,
      queue,
      prices: createPrices(calcPrice, settings.prices),
      database,
      events,
      pause: turn,
    })
  }
  return {
    settings,
    telling,
    write: async (signal, slices) => {
      absence.check()
      const pipeline = await opened()
      return storeItems(pipeline, await mapSlices(pipeline, signal, slices))
    },
    writeOpen: async (slices) => {
      absence.check()
      const pipeline = await opened()
      return storeItems(pipeline, recognised(await mapSlices(pipeline, 'traces', slices)))
    },
    share: () => {
      users++
    },
    leave: async () => {
      if (--users === 0) await database[Symbol.asyncDispose]()
    },
  }
}

/** An app has other things to do: between two slices it gets its turn. */
async function mapSlices(pipeline: Pipeline, signal: Signal, slices: Iterable<Slice>): Promise<MappedItems> {
  const parts: MappedItems[] = []
  for (const slice of slices) {
    if (parts.length > 0) await turn()
    parts.push(mapItems(pipeline, { signal, tenant: '', format: 'json', ...slice }))
  }
  return {
    signal,
    tenant: '',
    facts: parts.flatMap(({ facts }) => facts),
    originals: parts.flatMap(({ originals }) => originals),
    refused: parts.flatMap(({ refused }) => refused),
  }
}

/** Without what would make no row as long as it is open. */
function recognised({ facts, originals, ...rest }: MappedItems): MappedItems {
  const isPart = (_: unknown, i: number) => facts[i]!.kind !== 'plain' || facts[i]!.workflowId !== null
  return { ...rest, facts: facts.filter(isPart), originals: originals.filter(isPart) }
}

/** A database that is only starting is waited for as long as a batch would. */
async function migratePatiently(database: Database, { beginWithinMs, retryPauseMs }: Patience): Promise<void> {
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

type Patience = Pick<QueueOptions<ItemOutcome>, 'beginWithinMs' | 'retryPauseMs'>

/** A batch begins within the first half of an export's time, and its transaction takes at most the other half. */
function queueOptions({ timeoutMs, poolSize, maxPendingItems, database }: ExporterSettings) {
  return {
    lanes: database === undefined ? Math.min(poolSize, 2) : 1,
    maxBatchFacts: 2_048,
    maxWaitingFacts: maxPendingItems,
    beginWithinMs: 0.4 * timeoutMs,
    retryPauseMs: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000) * (0.5 + Math.random() / 2),
  }
}

function databaseOf({ connectionString, pool, database, poolSize, timeoutMs }: ExporterSettings): Database {
  if (database !== undefined) return givenPglite(database)
  const longest = 0.5 * timeoutMs
  const limits = { lockTimeoutMs: Math.min(2_000, longest), statementTimeoutMs: longest, wholeMs: longest }
  if (pool !== undefined) return givenPool(pool as pg.Pool, { description: 'the given pool', limits })
  return openPostgres({
    url: connectionString,
    connections: poolSize,
    connectTimeoutMs: Math.min(2_000, longest),
    description: connectionString === undefined ? 'PostgreSQL as PG* say' : maskUrl(connectionString),
    applicationName: 'spanledger-exporter',
    limits,
  })
}

/**
 * A database that is away for longer than an export may take isn't waited for by each export: all but one in a second
 * fail at once, and the app's memory is not filled with what waits.
 */
function watchAbsence(longMs: number) {
  let sinceMs: number | null = null
  let askAtMs = 0
  let reason = ''
  return {
    away(why: string) {
      sinceMs ??= performance.now()
      reason = why
    },
    back() {
      sinceMs = null
    },
    check() {
      const now = performance.now()
      if (sinceMs === null || now - sinceMs < longMs) return
      if (now < askAtMs)
        throw new Unavailable(`the database has been away for ${Math.round((now - sinceMs) / 1_000)} s: ${reason}`)
      askAtMs = now + askEveryMs
    },
  }
}
