import { openBudget } from './accept/budget.ts'
import { openGrpc } from './accept/grpc.ts'
import { openHttp } from './accept/http.ts'
import type { ExportRequest, Receipt } from './accept/receipt.ts'
import { cutOut } from './decode/cut.ts'
import { decode } from './decode/decode.ts'
import { canonicalDigest } from './decode/digest.ts'
import type { Decoded } from './decode/span.ts'
import { Misconfigured } from './errors.ts'
import { type Events, maskUrl } from './events.ts'
import type { Facts } from './map/facts.ts'
import { defaultLimits } from './map/fit.ts'
import type { MapOptions } from './map/options.ts'
import { createPrices } from './map/prices.ts'
import { mapRecord } from './map/record.ts'
import { mapSpan } from './map/span.ts'
import { openQueue, type Queue } from './queue/queue.ts'
import type { Config } from './settings.ts'
import type { Outcome } from './settle/settle.ts'
import * as settling from './settle/settling.ts'
import { blamed } from './store/blame.ts'
import type { Database } from './store/database.ts'
import { openMemory } from './store/memory.ts'
import { checkMigrated, migrate } from './store/migrate.ts'
import { openPostgres } from './store/postgres.ts'
import { readiness } from './store/ready.ts'
import { keepRefused, type RefusedSpan } from './store/refused.ts'
import { openWriter } from './store/write.ts'

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
    const database = open(openDatabase(config))
    await (config.migrate ? migrate(database) : checkMigrated(database))
    const queue = openWriting(config, events, database)
    const door = doorOptions(config, events, { database, queue, events, mapping: mappingOf(config) })
    const http = open(await openHttp({ ...door, ...config.httpListen, ready: () => readiness(database) }))
    const grpc = open(await openGrpc({ ...door, ...config.grpcListen }))
    const stop = async () => {
      await Promise.all([http.stop(), grpc.stop()])
      await queue.drained()
      await close(opened)
    }
    return { http: http.address, grpc: grpc.address, database: database.description, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await close(opened)
    throw error
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
    onUnexpected: (error: unknown) =>
      events.warning(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
  }
}

/** Makes or upgrades the tables; returns the names of the steps taken. */
export async function migrateDatabase(config: Config): Promise<string[]> {
  await using database = openDatabase(config)
  return migrate(database)
}

/** The database that the configuration names. */
export function openDatabase(config: Config): Database {
  if (config.databaseUrl === null) {
    throw new Misconfigured(
      'DATABASE_URL is not set. Give the URL of a PostgreSQL 14 or newer: postgres://user:password@host:port/database',
    )
  }
  return openPostgres({
    url: config.databaseUrl,
    connections: config.lanes + 2,
    connectTimeoutMs: Math.min(2_000, config.answerTimeoutMs),
    description: maskUrl(config.databaseUrl),
  })
}

/** What becomes of a span or record: settled, or refused by the database. */
type Fate = Outcome | { readonly refused: string }

interface Walk {
  readonly database: Database
  readonly queue: Queue<Fate>
  readonly events: Events
  readonly mapping: MapOptions
}

/** The walk of a request through the rooms: bytes, spans, facts, rows; then the answer. */
async function receive(walk: Walk, { signal, format, body, tenant }: ExportRequest): Promise<Receipt> {
  const decoded = decode(signal, format, body)
  const received = decoded.spans.length + decoded.records.length + decoded.refused.length
  decoded.warnings.forEach(walk.events.warning)
  const facts = mapAll(decoded, { ...walk.mapping, tenant })
  try {
    const fates = await walk.queue.submit(facts)
    const refused = [
      ...refusedBefore(decoded, tenant),
      ...refusedAfter(decoded, facts, fates, (index) => cutOut(signal, format, body, index), {
        tenant,
        signal,
        format,
      }),
    ]
    await keepRefused(walk.database, settling.namedId, refused)
    for (const { reason } of refused) walk.events.spanRefused(reason)
    const count = (outcome: Fate) => fates.filter((fate) => fate === outcome).length
    walk.events.requestAnswered(signal, {
      received,
      committed: count('committed'),
      unrelated: count('unrelated'),
      duplicate: count('duplicate'),
      refused: refused.length,
      givenBack: 0,
    })
    return receiptOf(refused)
  } catch (error) {
    walk.events.requestAnswered(signal, {
      received,
      committed: 0,
      unrelated: 0,
      duplicate: 0,
      refused: 0,
      givenBack: received,
    })
    throw error
  }
}

function mapAll({ spans, records }: Decoded, options: MapOptions): Facts[] {
  return [...spans.map((span) => mapSpan(span, options)), ...records.map((record) => mapRecord(record, options))]
}

function refusedBefore({ refused }: Decoded, tenant: string): RefusedSpan[] {
  return refused.map(({ bytes, traceId, spanId, ...rest }) => ({
    ...rest,
    tenant,
    trace: traceId,
    span: spanId,
    body: bytes,
  }))
}

type Request = Pick<RefusedSpan, 'tenant' | 'signal' | 'format'>

/** What settling or the database refused. The items of a request are its spans or its records, never both. */
function refusedAfter(
  { spans, records }: Decoded,
  facts: readonly Facts[],
  fates: readonly Fate[],
  cut: (index: number) => Uint8Array,
  request: Request,
): RefusedSpan[] {
  const items = [...spans, ...records]
  return fates.flatMap((fate, i) => {
    if (fate !== 'conflict' && typeof fate === 'string') return []
    const { trace, id, name } = facts[i]!
    const why =
      fate === 'conflict'
        ? { reason: 'conflict', message: `Another span has the id ${id} in this trace, and a later end.` }
        : { reason: 'refused-value', message: fate.refused }
    return [{ ...request, ...why, trace, span: id, name, body: cut(items[i]!.index) }]
  })
}

/** Names the first few refused spans; all of them are kept. */
function receiptOf(refused: readonly RefusedSpan[]): Receipt {
  if (refused.length === 0) return { rejected: 0, message: '' }
  const named = refused.slice(0, 3).map(({ trace, span, message }) => `${trace}/${span}: ${message}`)
  const more = refused.length > named.length ? ` And ${refused.length - named.length} more.` : ''
  return { rejected: refused.length, message: `${named.join(' ')}${more} They are kept in spanledger.refused_spans.` }
}

function mappingOf(config: Config): MapOptions {
  const { absentParent } = config
  return {
    tenant: '',
    workflowKeys: config.workflowKeys,
    absentParentEnds: (service) =>
      typeof absentParent === 'string' ? absentParent === 'ends' : absentParent.includes(service),
    limits: { ...defaultLimits, text: config.textCharacters, payload: config.payloadBytes },
    digest: canonicalDigest,
  }
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
    lanes: config.lanes,
    maxBatchFacts: config.maxBatchSpans,
    maxWaitingFacts: 16 * config.maxBatchSpans,
    beginWithinMs: config.beginWithinMs,
    retryPauseMs: 150,
  })
}
