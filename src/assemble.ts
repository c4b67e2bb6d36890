import type { Config } from './config/settings.ts'
import { canonicalDigest } from './decode/digest.ts'
import { messageOf } from './errors.ts'
import { defaultLimits } from './map/facts/column-limits.ts'
import { vocabularyWith } from './map/lookup/vocabulary.ts'
import type { MapOptions } from './map/options.ts'
import { openRedaction } from './map/redact/redactor.ts'
import type { CustomAttributes } from './map/table/custom-attributes.ts'
import { argumentsText } from './map/values/json.ts'
import type { ItemOutcome, Pipeline, PipelineEvents } from './pipeline.ts'
import type { QueueOptions } from './queue/options.ts'
import { openQueue, type Queue, type QueueState } from './queue/queue.ts'
import { namedId } from './settle/model/ids.ts'
import type { Prices } from './settle/prices/prices.ts'
import { databaseOf, type TenantServer, type TenantServers } from './store/tenants/tenant-servers.ts'
import { failingFact } from './transaction/failing-fact.ts'
import { cacheOfTenant, openTraceCache, type TraceCache } from './transaction/ledger/trace-cache.ts'
import { openRefusedSpans } from './transaction/refused-spans.ts'
import type { TouchedUsage } from './transaction/touched-usage.ts'
import type { ForeignRows } from './transaction/write-all.ts'
import { openWriter, type Writer } from './transaction/writer.ts'

/** The settings that decide how spans and records are mapped. */
export type MapSettings = Pick<
  Config,
  | 'absentParent'
  | 'attributes'
  | 'content'
  | 'payloadBytes'
  | 'redaction'
  | 'redactionKey'
  | 'textCharacters'
  | 'workflowKeys'
>

/** The settings that decide how rows are written. */
export type WriteSettings = Pick<
  Config,
  'cacheSpans' | 'content' | 'redaction' | 'refusedDays' | 'refusedSpans' | 'textCharacters'
>

/** The parts of a pipeline in which receiver and exporter differ. */
export interface PipelineParts {
  readonly settings: MapSettings & WriteSettings
  readonly queue: Omit<QueueOptions<ItemOutcome>, 'lanes' | 'commit' | 'failing' | 'refused'>
  readonly prices: Prices
  readonly servers: TenantServers
  readonly events: PipelineEvents
  /** Called after each commit with the calls of a tenant that it has touched. Without it nothing is collected. */
  readonly onUsage?: ((tenant: string, touched: TouchedUsage) => void) | undefined
  /** Called while a batch is settled, so that sockets, or the app that exports, get their turn. */
  readonly pause?: () => Promise<unknown>
}

/** Moves of rows that are too large for one transaction. The writers go on with their own in the background. */
export interface LargeMoves {
  /** The tenants that have been written to. */
  tenants(): readonly string[]
  /** Goes on with the moves in a tenant's tables that have made no progress for a while: their receiver is gone. */
  takeOver(tenant: string): Promise<void>
  /** Ends after the parts that are being moved. What is left is taken over by another receiver, or at the next start. */
  stop(): Promise<void>
}

/** A pipeline with what its writers do besides. */
export interface AssembledPipeline extends Pipeline {
  readonly moves: LargeMoves
  readonly traceCache: Pick<TraceCache, 'state'>
  /** The servers that have been written to. */
  readonly written: () => readonly TenantServer[]
}

/** Joins the stages from `map` to the database, for the receiver and for the exporter. */
export function assemble(parts: PipelineParts): AssembledPipeline {
  const { settings, servers, events } = parts
  const mapping = mappingOf(settings)
  const { redaction } = mapping
  const refusedOf = perTenant((tenant) =>
    openRefusedSpans({
      database: databaseOf(servers, tenant),
      idOf: namedId,
      // bytes can't be redacted, and hold all that was
      keepBytes: settings.content === 'all' && redaction === undefined,
      redact: (text) => redaction?.forItem().text(text, Infinity) ?? text,
      days: settings.refusedDays,
      most: settings.refusedSpans,
    }),
  )
  return {
    mapping,
    ...openWriting(parts),
    keepRefused: (refused, tenant) => refusedOf(tenant)(refused),
    events,
  }
}

/** The options of the mapping that these settings ask for. */
export function mappingOf(settings: MapSettings): MapOptions {
  const { absentParent, content, redaction, redactionKey } = settings
  return {
    vocabulary: vocabularyWith(ownAttributes(settings)),
    absentParentEnds: (service) =>
      typeof absentParent === 'string' ? absentParent === 'ends' : absentParent.includes(service),
    limits: {
      ...defaultLimits,
      text: settings.textCharacters,
      content: content === 'all' ? Infinity : content === 'none' ? 0 : content,
      payload: settings.payloadBytes,
    },
    redaction: redaction === null ? undefined : openRedaction({ ...redaction, hashKey: redactionKey }),
    digest: canonicalDigest,
  }
}

/** The setting `workflow_keys` is the older form of `attributes: { workflow_id: [...] }`; its keys go first. */
function ownAttributes({ attributes, workflowKeys }: MapSettings): CustomAttributes {
  if (workflowKeys.length === 0) return attributes
  const { first = [], last = [] } = attributes.workflow_id ?? {}
  return { ...attributes, workflow_id: { first: [...workflowKeys, ...first], last } }
}

/** Text as JSON. The limit is eight times the text's own: quoting makes it longer, and it must not be cut twice. */
export function jsonOf(text: string, { textCharacters }: Pick<Config, 'textCharacters'>): string {
  return argumentsText(text, 8 * textCharacters)
}

/** A move has stood still for so long that no receiver can be at work on it. */
const idleSeconds = 30

/** The queues in front of the writers: one for each server, so that one that is away holds up no other's spans. */
function openWriting(parts: PipelineParts): Pick<AssembledPipeline, 'queue' | 'moves' | 'traceCache' | 'written'> {
  const servers = new Map<TenantServer, ServerWriting>()
  const traceCache = openTraceCache(parts.settings.cacheSpans)
  const writingOf = (tenant: string) => {
    const server = parts.servers.serverOf(tenant)
    const writing = servers.get(server) ?? openServerWriting(parts, server, traceCache)
    servers.set(server, writing)
    return writing
  }
  return {
    queue: {
      submit: (facts, tenant, sinceMs) => writingOf(tenant).queue.submit(facts, tenant, sinceMs),
      isFull: (tenant) => writingOf(tenant).queue.isFull(tenant),
      drained: async () => {
        await Promise.all([...servers.values()].map(({ queue }) => queue.drained()))
      },
      state: () => joinStates([...servers.values()].map(({ queue }) => queue.state())),
    },
    traceCache,
    written: () => [...servers.keys()],
    moves: {
      tenants: () => [...servers.values()].flatMap(({ writers }) => [...writers.keys()]),
      takeOver: (tenant) => writingOf(tenant).writerOf(tenant).takeOverMoves(idleSeconds),
      stop: async () => {
        const writers = [...servers.values()].flatMap((writing) => [...writing.writers.values()])
        await Promise.all(writers.map((writer) => writer[Symbol.asyncDispose]()))
      },
    },
  }
}

function joinStates(states: readonly QueueState[]): QueueState {
  const oldest = states.flatMap(({ oldestMs }) => (oldestMs === undefined ? [] : [oldestMs]))
  return {
    facts: states.reduce((sum, { facts }) => sum + facts, 0),
    oldestMs: oldest.length === 0 ? undefined : Math.min(...oldest),
  }
}

/** What writes into one server. */
interface ServerWriting {
  readonly queue: Queue<ItemOutcome>
  readonly writerOf: (tenant: string) => Writer
  /** By tenant: the writers that have been asked for. */
  readonly writers: ReadonlyMap<string, Writer>
}

function openServerWriting(
  { settings, queue, prices, events, onUsage, pause }: PipelineParts,
  { name, database, lanes }: TenantServer,
  traceCache: TraceCache,
): ServerWriting {
  const writers = new Map<string, Writer>()
  const writerOf = perTenant(
    (tenant) =>
      openWriter({
        database: database.forTenant(tenant),
        traceCache: cacheOfTenant(traceCache, tenant),
        price: prices.price,
        toJson: (text) => jsonOf(text, settings),
        onCommitted: (batch) => {
          events.batchCommitted(batch)
          events.databaseBack(name)
        },
        onLocked: events.rowsLocked,
        onUnavailable: (why) => events.databaseAway(why, name),
        onCostGaps: (gaps) => gaps.forEach(events.costGap),
        onUsage: onUsage && ((touched) => onUsage(tenant, touched)),
        onForeignRows: (foreign) => warnOfForeignRows(foreign, events),
        pause,
      }),
    writers,
  )
  return {
    writers,
    writerOf,
    queue: openQueue<ItemOutcome>({
      ...queue,
      lanes,
      commit: (facts, tenant) => writerOf(tenant)(facts),
      failing: failingFact,
      refused: (error) => ({ refused: messageOf(error) }),
    }),
  }
}

/** What is remembered of so many tenants at most; that of the others is read again when they are served again. */
const mostTenants = 1_000

/** Makes something for a tenant when it is first asked for. */
function perTenant<T>(make: (tenant: string) => T, made = new Map<string, T>()): (tenant: string) => T {
  return (tenant) => {
    const one = made.get(tenant) ?? make(tenant)
    made.delete(tenant)
    made.set(tenant, one)
    for (const oldest of made.keys()) {
      if (made.size <= mostTenants) break
      made.delete(oldest)
    }
    return one
  }
}

function warnOfForeignRows({ tasks, days }: ForeignRows, events: PipelineEvents): void {
  if (tasks > 0)
    events.warning(
      'somebody else has written tasks for some of these runs: those rows of task_executions stay as they are, and what the spans tell of events, calls, tools and agents is added under them',
    )
  if (days > 0)
    events.warning(
      'somebody else has written to some days in usage_daily_aggregates: those rows stay as they are, without what the spans tell',
    )
}
