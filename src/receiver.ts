import { setImmediate as turn } from 'node:timers/promises'
import { calcPrice } from '@pydantic/genai-prices'
import type { ExportRequest } from './accept/answers/receipt.ts'
import { openBudget } from './accept/body/budget.ts'
import { openGrpcServer } from './accept/grpc/grpc.ts'
import type { GrpcMethod } from './accept/grpc/grpc-service.ts'
import { healthMethods } from './accept/grpc/health.ts'
import { openHttpServer } from './accept/http/http.ts'
import type { RunningServer } from './accept/listening.ts'
import { type AssembledPipeline, assemble, type LargeMoves, type PipelineParts } from './assemble.ts'
import { checkExposure } from './config/exposure.ts'
import type { Config } from './config/settings.ts'
import { retentionOf } from './config/value-kinds.ts'
import { openServers } from './databases.ts'
import { placeOf, Unavailable } from './errors.ts'
import type { Events } from './events/events.ts'
import { type Collect, collectOwn } from './metrics/of-processes.ts'
import { prometheusText } from './metrics/prometheus-text.ts'
import { type Metrics, openMetrics } from './metrics/registry.ts'
import { prepareInTime } from './prepare-databases.ts'
import { openCredentials } from './receiver/credentials.ts'
import { countRead } from './receiver/garbage.ts'
import { type MaintenanceOptions, openMaintenance } from './receiver/maintenance.ts'
import { countRequests, observeExpiries, observePartitions, observeReceiver } from './receiver/observe-receiver.ts'
import { openRequestHandler } from './receiver/request-handler.ts'
import { watchBudgets } from './receiver/watch-budgets.ts'
import type { PageOptions, ServedPage } from './serve-page.ts'
import { createPrices } from './settle/prices/prices.ts'
import { type ChangeChannel, openChangeChannel } from './store/change-channel.ts'
import { readiness } from './store/readiness.ts'
import type { TenantServers } from './store/tenants/tenant-servers.ts'

/** A running receiver. `http` is a base URL, `grpc` host:port, `database` where the rows go, without a password. */
export interface Receiver extends AsyncDisposable {
  readonly http: string
  readonly grpc: string
  readonly database: string
  /** Accepts nothing new, commits and answers what is in flight, and closes everything. */
  stop(): Promise<void>
}

const embeddedWarnsFromBytes = 10e9
const notPrepared = 'the database has not been ready since the start; send again'

/** Where a receiver's metrics are kept, and what /metrics shows: those of all processes behind its ports. */
export interface ReceiverMetrics {
  readonly metrics: Metrics
  readonly collect: Collect
}

/** The metrics of a receiver that serves alone. */
export function ownMetrics(metrics: Metrics = openMetrics()): ReceiverMetrics {
  return { metrics, collect: collectOwn(metrics) }
}

/**
 * Opens the two servers and resolves when the database is ready for rows; senders are asked to try again until then.
 * Throws `Misconfigured` for what must be set right first, and `Unavailable` where the database is still away after
 * `startTimeoutMs`.
 */
export async function openReceiver(
  config: Config,
  events: Events,
  { metrics, collect }: ReceiverMetrics = ownMetrics(),
): Promise<Receiver> {
  checkExposure(config)
  const opened: AsyncDisposable[] = []
  const open = <Resource extends AsyncDisposable>(resource: Resource) => {
    opened.unshift(resource)
    return resource
  }
  try {
    const onCreate = () => events.makingDatabase(config.dataDir)
    // senders wait for an answer meanwhile
    const connectTimeoutMs = Math.min(2_000, config.answerTimeoutMs)
    const servers = open(
      await openServers(config, { exclusive: true, onCreate, onWarning: events.warning, connectTimeoutMs }),
    )
    const { database } = servers.serverOf('')
    const credentials = open(await openCredentials(config, database, events))
    const { authenticate, tls } = credentials
    const watch = watchBudgets(config, servers, { events, metrics })
    if (watch !== null) open(watch)
    const changes = open(openChangeChannel({ url: config.databaseUrl, connectTimeoutMs }))
    const pipeline = openPipeline(config, announcing(events, changes), servers, watch?.touched)
    const handler = openRequestHandler(pipeline, servers, config)
    let isPrepared = false
    const receive = async (request: ExportRequest) => {
      if (!isPrepared) throw new Unavailable(notPrepared)
      return handler.receive(request)
    }
    const budget = openBudget(config.maxInflightBytes, countRead)
    const observed = observeReceiver(metrics, { config, maxWaitingFacts: maxWaitingFacts(config), budget, pipeline })
    open({ [Symbol.asyncDispose]: async () => observed[Symbol.dispose]() })
    observeExpiries(metrics, credentials)
    const options = { ...serverOptions(config, events), budget, authenticate, tls, ...countRequests(metrics, receive) }
    const ready = async () => (isPrepared ? readiness(database) : { ready: false, reason: notPrepared })
    const endpoints = () => ({ http: http.address, grpc: grpc.address })
    const page =
      config.page === 'off'
        ? undefined
        : open(
            await openServedPage(config, {
              ...{ config, events, servers, authenticate, tls, collect, pipeline, changes, endpoints },
              isPrepared: () => isPrepared,
            }),
          )
    const http: RunningServer = open(
      await openHttpServer({
        ...options,
        ...config.httpListen,
        corsOrigins: config.corsOrigins,
        metricsText: async () => prometheusText(await collect()),
        ready,
        ...(page?.answer && { page: page.answer }),
      }),
    )
    const grpc: RunningServer = open(
      await openGrpcServer({
        ...options,
        ...config.grpcListen,
        maxConnectionAgeMs: config.maxConnectionAgeMs,
        methods: await grpcMethods(config, async () => (await ready()).ready),
      }),
    )
    await prepareInTime(config, servers, events)
    isPrepared = true
    watch?.start()
    open(
      openMaintenance({
        ...maintenanceOf(config, servers, events, pipeline.moves),
        onPartitions: observePartitions(metrics),
      }),
    )
    const stop = async () => {
      await Promise.all([page?.stop(), http.stop(), grpc.stop(), handler.stop()])
      await pipeline.queue.drained()
      await pipeline.moves.stop()
      await close(opened)
    }
    return { http: http.address, grpc: grpc.address, database: database.description, stop, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await close(opened)
    throw error
  }
}

/** Events that also announce, after the COMMIT of a request, that rows of its tenant have changed. */
function announcing(events: Events, changes: Pick<ChangeChannel, 'note'>): Events {
  return {
    ...events,
    requestAnswered(signal, tally, details) {
      events.requestAnswered(signal, tally, details)
      changes.note(details.tenant)
    },
  }
}

/** The stages behind the two servers, as the configuration says. */
export function openPipeline(
  config: Config,
  events: Events,
  servers: TenantServers,
  onUsage?: PipelineParts['onUsage'],
): AssembledPipeline {
  return assemble({
    settings: config,
    queue: {
      factsPerLane: 128,
      maxBatchFacts: config.maxBatchSpans,
      maxWaitingFacts: maxWaitingFacts(config),
      beginWithinMs: config.beginWithinMs,
      retryPauseMs: () => 150,
    },
    prices: createPrices(calcPrice, config.prices),
    servers,
    events,
    onUsage,
    pause: turn,
  })
}

/** The methods of the services that the settings ask for besides OTLP's. */
async function grpcMethods(config: Config, isReady: () => Promise<boolean>): Promise<ReadonlyMap<string, GrpcMethod>> {
  // the descriptions take a library, which is loaded only for them
  const reflection = config.grpcReflection ? (await import('./accept/grpc/reflection.ts')).reflectionMethods() : []
  return new Map([...(config.grpcHealth ? healthMethods(isReady) : []), ...reflection])
}

/** Opens the page, whose code is loaded only for it. */
async function openServedPage(config: Config, options: Omit<PageOptions, 'price'>): Promise<ServedPage> {
  const { openPage } = await import('./serve-page.ts')
  return openPage({ ...options, price: createPrices(calcPrice, config.prices).price })
}

/** Two batches are written, and as many wait. */
function maxWaitingFacts({ maxBatchSpans }: Config): number {
  return 4 * maxBatchSpans
}

async function close(opened: AsyncDisposable[]): Promise<void> {
  for (const resource of opened.splice(0)) await resource[Symbol.asyncDispose]()
}

function maintenanceOf(
  config: Config,
  servers: TenantServers,
  events: Events,
  moves: LargeMoves,
): Omit<MaintenanceOptions, 'onPartitions'> {
  // operators watch a server's disks; the embedded folder is where the command happened to be started
  const isWatched = config.databaseUrl === null && Object.keys(config.retention.all).length === 0
  return {
    servers,
    events,
    moves,
    retentionOf: (tenant) => retentionOf(config.retention, tenant),
    archiveFolder: config.archive,
    warnFromBytes: isWatched ? embeddedWarnsFromBytes : null,
  }
}

/** The options of both servers. */
function serverOptions(config: Config, events: Events) {
  return {
    maxRequestBytes: config.maxRequestBytes,
    answerTimeoutMs: config.answerTimeoutMs,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    onDiscarded: () => events.metricsDiscarded(),
    onRefused: events.requestRefused,
    onTlsFailed: events.warning,
    onUnexpected: (error: unknown) => events.unexpected(placeOf(error)),
  }
}
