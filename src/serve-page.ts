import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Authenticate } from './accept/credentials/identity.ts'
import type { Exchange } from './accept/http/http-answers.ts'
import { openPageServer } from './accept/http/page-server.ts'
import type { RunningServer } from './accept/listening.ts'
import type { ServedTls } from './accept/tls/served-tls.ts'
import { type AssembledPipeline, jsonOf } from './assemble.ts'
import type { Config } from './config/settings.ts'
import { openReaders } from './databases.ts'
import { placeOf } from './errors.ts'
import type { Events } from './events/events.ts'
import type { Collect } from './metrics/of-processes.ts'
import { type CloseRequest, closeRun } from './operations/close-run.ts'
import { retryRefused } from './operations/retry-refused.ts'
import type { PriceLookup } from './settle/prices/prices.ts'
import type { ChangeChannel } from './store/change-channel.ts'
import { databaseOf, type TenantServers } from './store/tenants/tenant-servers.ts'
import { readVersion } from './version.ts'
import { answerPage } from './web/answer-page.ts'
import { explainRuns } from './web/explainer/explain-run.ts'
import { openExplainer } from './web/explainer/open-explainer.ts'
import { openStaticFiles } from './web/http/static-files.ts'

/** What the page is joined to. */
export interface PageOptions {
  readonly config: Config
  readonly events: Events
  readonly servers: TenantServers
  readonly authenticate: Authenticate
  readonly tls: ServedTls | null
  readonly collect: Collect
  readonly price: PriceLookup
  readonly pipeline: AssembledPipeline
  readonly changes: ChangeChannel
  readonly isPrepared: () => boolean
  readonly endpoints: () => { readonly http: string; readonly grpc: string }
}

/** The page and its API. */
export interface ServedPage extends AsyncDisposable {
  /** Answers on the port of OTLP/HTTP; undefined where the page has a port of its own. */
  readonly answer: ((exchange: Exchange) => Promise<void> | undefined) | undefined
  /** Where it is served on a port of its own. */
  readonly address: string | undefined
  /** Ends the streams, so that the servers can close their connections. */
  stop(): Promise<void>
}

const isSource = import.meta.url.endsWith('.ts')

/** The build of the page. Without a build of the program, `src` runs as it is, and the page is still in `dist`. */
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), isSource ? '../dist/web/page' : 'web/page')

/** Opens the page and its API, with what they read from, on the port of OTLP/HTTP or on a port of their own. */
export async function openPage(options: PageOptions): Promise<ServedPage> {
  const { config, events, servers, pipeline } = options
  const readers = openReaders(config, servers)
  // without a build of the program there is no file for a thread, and runs are explained in this one
  const explaining = { ...options, readerOf: readers.of, mapping: pipeline.mapping }
  const explainer = isSource
    ? {
        ...explainRuns(explaining),
        keepReady: () => ({ [Symbol.dispose]() {} }),
        [Symbol.asyncDispose]: async () => {},
      }
    : openExplainer(config, explaining)
  const stopping = new AbortController()
  const files = openStaticFiles(folder)
  const onUnexpected = (error: unknown) => events.unexpected(placeOf(error))
  const context = {
    ...options,
    version: readVersion(),
    explainer,
    readerOf: readers.of,
    databaseOf: (tenant: string) => databaseOf(servers, tenant),
    retry: (tenant: string, refused: Parameters<typeof retryRefused>[2]) =>
      retryRefused(pipeline, databaseOf(servers, tenant), refused),
    close: (tenant: string, request: CloseRequest) =>
      closeRun(
        { database: databaseOf(servers, tenant), price: options.price, toJson: (text) => jsonOf(text, config) },
        request,
      ),
    partitions: new Map(),
    onUnexpected,
    startedAt: new Date(),
  }
  const answer = (exchange: Exchange) => answerPage({ context, files, stopping: stopping.signal }, exchange)
  let server: RunningServer | undefined
  const stop = async () => {
    stopping.abort()
    await server?.stop()
  }
  const close = async () => {
    await stop()
    await explainer[Symbol.asyncDispose]()
    await readers[Symbol.asyncDispose]()
  }
  if (typeof config.page === 'string') return { answer, address: undefined, stop, [Symbol.asyncDispose]: close }
  server = await openPageServer({
    ...config.page,
    tls: options.tls,
    onTlsFailed: events.warning,
    shutdownTimeoutMs: config.shutdownTimeoutMs,
    answer,
  }).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return { answer: undefined, address: server.address, stop, [Symbol.asyncDispose]: close }
}
