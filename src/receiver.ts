import { openBudget } from './accept/budget.ts'
import { openGrpc } from './accept/grpc.ts'
import { openHttp } from './accept/http.ts'
import type { ExportRequest } from './accept/receipt.ts'
import { canonicalDigest } from './decode/digest.ts'
import { type Events, maskUrl } from './events.ts'
import { defaultLimits } from './map/fit.ts'
import { argumentsText } from './map/json.ts'
import type { MapOptions } from './map/options.ts'
import type { OwnAttributes } from './map/own.ts'
import { createPrices } from './map/prices.ts'
import { vocabularyWith } from './map/vocabulary.ts'
import { openQueue, type Queue } from './queue/queue.ts'
import type { Config } from './settings.ts'
import * as settling from './settle/settling.ts'
import { blamed } from './store/blame.ts'
import type { Database } from './store/database.ts'
import { type EmbeddedOptions, openEmbedded } from './store/embedded.ts'
import { openMemory } from './store/memory.ts'
import { checkMigrated, migrate } from './store/migrate.ts'
import { openPostgres } from './store/postgres.ts'
import { readiness } from './store/ready.ts'
import { openRefusals } from './store/refused.ts'
import { readShape } from './store/shape.ts'
import { openWriter, type Shared } from './store/write.ts'
import { type Fate, receive, type Walk } from './walk.ts'

/** A running receiver. `http` is a base URL, `grpc` host:port, `database` where the rows go, without a password. */
export interface Receiver extends AsyncDisposable {
  readonly http: string
  readonly grpc: string
  readonly database: string
  /** Takes nothing new, commits and answers what is in flight, and closes everything. */
  stop(): Promise<void>
}

/** Joins the rooms: opens the database, then the doors. Throws `Misconfigured` for what must be set right first. */
export async function openReceiver(config: Config, events: Events): Promise<Receiver> {
  const opened: AsyncDisposable[] = []
  const open = <Resource extends AsyncDisposable>(resource: Resource) => {
    opened.unshift(resource)
    return resource
  }
  try {
    const onMake = () => events.makingDatabase(config.dataDir)
    const database = open(await openDatabase(config, { alone: true, onMake }))
    await upToDate(config, database)
    const walk = openWalk(config, events, database)
    const door = doorOptions(config, events, walk)
    const http = open(
      await openHttp({
        ...door,
        ...config.httpListen,
        corsOrigins: config.corsOrigins,
        ready: () => readiness(database),
      }),
    )
    const grpc = open(await openGrpc({ ...door, ...config.grpcListen }))
    const stop = async () => {
      await Promise.all([http.stop(), grpc.stop()])
      await walk.queue.drained()
      await close(opened)
    }
    return { http: http.address, grpc: grpc.address, database: database.description, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await close(opened)
    throw error
  }
}

/** The rooms behind the doors, joined: what takes a request to its rows. */
export function openWalk(config: Config, events: Events, database: Database): Walk {
  return {
    mapping: mappingOf(config),
    queue: openWriting(config, events, database),
    keepRefused: openRefusals({
      database,
      idOf: settling.namedId,
      keepBytes: config.content === 'all',
      days: config.refusedDays,
      most: config.refusedSpans,
    }),
    events,
  }
}

async function close(opened: AsyncDisposable[]): Promise<void> {
  for (const resource of opened.splice(0)) await resource[Symbol.asyncDispose]()
}

function doorOptions(config: Config, events: Events, walk: Walk) {
  return {
    receive: (request: ExportRequest) => receive(walk, request),
    budget: openBudget(config.maxInflightBytes),
    maxRequestBytes: config.maxRequestBytes,
    answerTimeoutMs: config.answerTimeoutMs,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    onDiscarded: () => events.metricsDiscarded(),
    onTurnedAway: events.requestTurnedAway,
    onUnexpected: (error: unknown) =>
      events.warning(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  }
}

/** What `openReceiver` does to the database before it opens the doors, for processes that start together. */
export async function prepareDatabase(config: Config): Promise<void> {
  await using database = await openDatabase(config)
  await upToDate(config, database)
}

async function upToDate(config: Config, database: Database): Promise<void> {
  if (config.migrate) await migrate(database)
  else await checkMigrated(database)
  const values = { usd: settling.usd, json: (text: string) => jsonOf(text, config) }
  await database.transaction((session) => readShape(session, values))
}

/** Makes or upgrades the tables; returns the names of the steps taken. */
export async function migrateDatabase(config: Config): Promise<string[]> {
  await using database = await openDatabase(config)
  return await migrate(database)
}

/** How the embedded database is opened; a PostgreSQL is always shared, and made by others. */
export type Opening = Omit<EmbeddedOptions, 'folder' | 'turnMs'>

/** The database that the configuration names. */
export async function openDatabase(
  config: Config,
  opening: Opening = { alone: false, onMake: () => {} },
): Promise<Database> {
  if (config.databaseUrl === null)
    return openEmbedded({ folder: config.dataDir, turnMs: config.turnTimeoutMs, ...opening })
  return openPostgres({
    url: config.databaseUrl,
    connections: config.lanes + 2,
    connectTimeoutMs: Math.min(2_000, config.answerTimeoutMs),
    description: maskUrl(config.databaseUrl),
  })
}

/** How this configuration has spans and records mapped. */
export function mappingOf(config: Config): MapOptions {
  const { absentParent, content } = config
  return {
    tenant: '',
    vocabulary: vocabularyWith(ownAttributes(config)),
    absentParentEnds: (service) =>
      typeof absentParent === 'string' ? absentParent === 'ends' : absentParent.includes(service),
    limits: {
      ...defaultLimits,
      text: config.textCharacters,
      content: content === 'all' ? Infinity : content === 'none' ? 0 : content,
      payload: config.payloadBytes,
    },
    digest: canonicalDigest,
  }
}

/** `workflow_keys` is the older way to say `attributes: { workflow_id: [...] }`, and goes before it. */
function ownAttributes({ attributes, workflowKeys }: Config): OwnAttributes {
  if (workflowKeys.length === 0) return attributes
  const { first = [], last = [] } = attributes.workflow_id ?? {}
  return { ...attributes, workflow_id: { first: [...workflowKeys, ...first], last } }
}

/** Quoted, a text is longer; one that was cut already must not be cut again. */
function jsonOf(text: string, { textCharacters }: Config): string {
  return argumentsText(text, 8 * textCharacters)
}

function tellShared({ runs, days }: Shared, events: Events): void {
  if (runs > 0)
    events.warning(
      'somebody else has written tasks for some of these runs: those rows of task_executions stay as they are, and what the spans tell of events, calls, tools and agents is added under them',
    )
  if (days > 0)
    events.warning(
      'somebody else has written to some days in usage_daily_aggregates: those rows stay as they are, without what the spans tell',
    )
}

/** The queue in front of the writer, both told to count what they do. */
function openWriting(config: Config, events: Events, database: Database): Queue<Fate> {
  const prices = createPrices(config.prices)
  const write = openWriter({
    database,
    memory: openMemory(config.cacheSpans),
    settling,
    price: (call) => {
      const price = prices.price(call)
      if (price.costNano === null) events.unpricedModel(call.responseModel ?? call.model ?? 'unknown')
      return price
    },
    json: (text) => jsonOf(text, config),
    onShared: (shared) => tellShared(shared, events),
  })
  return openQueue<Fate>({
    commit: async (facts) => {
      const started = performance.now()
      const outcomes = await write(facts)
      events.batchCommitted({ items: facts.length, milliseconds: performance.now() - started })
      events.databaseBack()
      return outcomes
    },
    blamed: (error, batch) => {
      const facts = blamed(error, batch)
      if (facts === null) events.databaseAway(error instanceof Error ? error.message : String(error))
      return facts
    },
    refused: (error) => ({ refused: error instanceof Error ? error.message : String(error) }),
    lanes: config.databaseUrl === null ? 1 : config.lanes,
    maxBatchFacts: config.maxBatchSpans,
    maxWaitingFacts: 16 * config.maxBatchSpans,
    beginWithinMs: config.beginWithinMs,
    retryPauseMs: 150,
  })
}
