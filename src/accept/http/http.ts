import type { IncomingMessage, ServerOptions as NodeServerOptions, ServerResponse } from 'node:http'
import { Misdirected, refusalOf, reportFailure } from '../answers/answers.ts'
import { answerOf, type ExportRequest, type Receipt, type Signal } from '../answers/receipt.ts'
import { discardBody, readBody } from '../body/body.ts'
import { type Scope, tenantFor } from '../credentials/identity.ts'
import { presentedBy } from '../credentials/presented.ts'
import { receiveWithin } from '../deadline.ts'
import { type UnusedSockets, watchUnusedSockets } from '../idle-sockets.ts'
import { hostAndPort, listen, type RunningServer, runningServer, shuttingDown } from '../listening.ts'
import { type Complete, type ServerOptions, serverDefaults } from '../server-options.ts'
import { closeHttpServer } from './close-server.ts'
import { allowOrigin, answerPreflight, preflighted } from './cors.ts'
import { createHttpServer, type HttpServer } from './create-server.ts'
import { checkAnnouncedLength, encodingOf, formatOf, requireFormat } from './headers.ts'
import {
  answerHome,
  answerHttpFailure,
  answerProbe,
  answerReceipt,
  answerUnreadable,
  type Exchange,
  type Readiness,
} from './http-answers.ts'
import { limitPipelined } from './pipelined.ts'
import { seesReason } from './readiness-reason.ts'
import { answerScrape } from './scrape.ts'
import { isReadOnly, targetOf } from './targets.ts'

/** The options of the OTLP/HTTP server. A request that takes longer than `requestTimeoutMs` has its connection closed. */
export interface HttpOptions extends ServerOptions {
  /** Called for each probe of /readyz. */
  readonly ready: () => Promise<Readiness>
  /** Returns what /metrics answers, in the text format of Prometheus. Without it nothing is at /metrics. */
  readonly metricsText?: () => Promise<string>
  /** The origins whose pages may send: `https://app.example.com`, or `*`. */
  readonly corsOrigins?: readonly string[]
  /**
   * Answers what is no telemetry: a page and its API. Returns undefined for a request that is not the page's; never rejects.
   */
  readonly page?: (exchange: Exchange) => Promise<void> | undefined
  /** How long an idle connection stays open. SDKs send every 5 s, the Collector less often (R20). */
  readonly keepAliveTimeoutMs?: number
}

const defaults = { ...serverDefaults, corsOrigins: [], keepAliveTimeoutMs: 75_000 } satisfies Partial<HttpOptions>

/** `stopping` is true from the call of `stop` on. */
type ServerContext = Complete<HttpOptions, 'metricsText' | 'page'> & { stopping: boolean }

/**
 * Starts the OTLP/HTTP server: HTTP/1.1 in clear text or over TLS, with two probes. Throws Misconfigured where it can't listen.
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function openHttpServer(options: HttpOptions): Promise<RunningServer> {
  const context: ServerContext = { ...defaults, ...options, stopping: false }
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    limitPipelined(request, response)
    const closing = () => context.stopping || isOutdated(request.socket)
    void answer(context, { request, response, lingerMs: context.lingerMs, closing })
  }
  const { server, isOutdated } = createHttpServer(timeouts(context), context)
  server.on('request', onRequest)
  // With this listener, Node doesn't send the 100 itself: a body that will be refused needn't be sent (R13).
  server.on('checkContinue', onRequest)
  server.on('clientError', (error, socket) => answerUnreadable(error, socket, context.onRefused))
  const unusedSockets = watchUnusedSockets(server)
  const port = await listen('OTLP/HTTP', server, context)
  return runningServer(
    `${context.tls === null ? 'http' : 'https'}://${hostAndPort({ host: context.host, port })}`,
    () => close(server, unusedSockets, context),
  )
}

/** Answers one request. Never rejects: each error becomes an answer. */
async function answer(context: ServerContext, exchange: Exchange): Promise<void> {
  const { request, response } = exchange
  const { corsOrigins } = context
  const page = context.page?.(exchange)
  if (page !== undefined) return page
  const format = formatOf(request.headers['content-type'])
  const preflight = corsOrigins.length > 0 ? preflighted(request) : undefined
  allowOrigin(request, response, corsOrigins)
  let signal: Signal | 'metrics' | undefined
  try {
    const target = targetOf(preflight ?? request.method ?? '', request.url ?? '')
    if (preflight !== undefined) return answerPreflight(request, response, preflight)
    if (target === 'home') return answerHome(exchange)
    if (target === 'healthz') return answerProbe(exchange, { ready: true, reason: '' })
    if (target === 'readyz') return answerProbe(exchange, await readiness(context, request))
    if (target !== 'scrape') signal = target
    const tenant = await tenantOf(context, request, target === 'scrape' ? 'read' : 'send')
    if (target === 'scrape') return await answerScrape(exchange, tenant, context.metricsText)
    const known = requireFormat(format, request.headers['content-type'])
    const receipt =
      target === 'metrics'
        ? await discard(context, exchange)
        : await receive(context, exchange, { signal: target, format: known, transport: 'http', tenant })
    context.onAnswered({ signal: target, transport: 'http', answer: answerOf(receipt) })
    answerReceipt(exchange, target, known, receipt)
  } catch (error) {
    if (signal !== undefined) context.onAnswered({ signal, transport: 'http', answer: refusalOf(error) })
    // A misdirected GET (a browser's /favicon.ico) loses no telemetry: the operator's log needs no line for it.
    if (!(error instanceof Misdirected && isReadOnly(request.method))) reportFailure(context, error)
    answerHttpFailure(exchange, format ?? 'json', error)
  }
}

/** The tenant whose rows a request reaches, by its headers and its connection alone. */
async function tenantOf(context: ServerContext, request: IncomingMessage, scope: Scope): Promise<string> {
  const { headers, socket } = request
  return tenantFor(await context.authenticate(presentedBy((name) => headers[name]?.toString(), socket, socket)), scope)
}

/** Reads the body of an export, and waits for its receipt. */
async function receive(
  context: ServerContext,
  exchange: Exchange,
  { signal, format, transport, tenant }: Omit<ExportRequest, 'body'>,
): Promise<Receipt> {
  const encoding = encodingOf(exchange.request.headers['content-encoding'])
  acceptBody(context, exchange)
  const { bytes, release } = await readBody(exchange.request, encoding, context)
  const deadlineMs = performance.now() + context.answerTimeoutMs
  return receiveWithin({ signal, format, transport, tenant, body: bytes }, context, { deadlineMs, release })
}

/** Accepts metrics and throws them away: SDKs send them to the same endpoint, and would log each refusal (R10). */
async function discard(context: ServerContext, exchange: Exchange): Promise<Receipt> {
  acceptBody(context, exchange)
  await discardBody(exchange.request, context.maxRequestBytes)
  context.onDiscarded('metrics')
  return { rejected: 0, message: '' }
}

/** The last check before the body is read. A sender that waits for a 100 gets it here. */
function acceptBody(context: ServerContext, { request, response }: Exchange): void {
  if (context.stopping) throw shuttingDown()
  checkAnnouncedLength(request.headers['content-length'], context.maxRequestBytes)
  if (request.headers.expect !== undefined) response.writeContinue()
}

async function readiness(context: ServerContext, request: IncomingMessage): Promise<Readiness> {
  const state = context.stopping ? { ready: false, reason: 'shutting down' } : await context.ready()
  if (state.ready || (await seesReason(request, context.authenticate))) return state
  return { ready: false, reason: 'not ready' }
}

/** From the start of a request, or of a connection, to the end of its headers. */
const longestHeadersMs = 20_000

function timeouts({ keepAliveTimeoutMs, requestTimeoutMs }: ServerContext): NodeServerOptions {
  return {
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout: Math.min(longestHeadersMs, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    // How often Node looks for overdue requests.
    connectionsCheckingInterval: Math.min(5000, requestTimeoutMs),
  }
}

/** Closes the server, with the connections that have sent nothing. */
async function close(server: HttpServer, unusedSockets: UnusedSockets, context: ServerContext): Promise<void> {
  context.stopping = true
  const closed = closeHttpServer(server, context.shutdownTimeoutMs)
  unusedSockets.close()
  await closed
}
