import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { Misdirected, tellOperator } from '../answers/answers.ts'
import type { Format, Receipt, Receive, Signal, TenantOf } from '../answers/receipt.ts'
import { discardBody, readBody } from '../body/body.ts'
import type { BodyLimits } from '../body/body-buffer.ts'
import { receiveWithin } from '../deadline.ts'
import { watchUnused } from '../idle-sockets.ts'
import { hostAndPort, type Listening, listen, listening, shuttingDown } from '../listening.ts'
import { allowOrigin, answerPreflight, preflighted } from './cors.ts'
import { checkAnnouncedLength, encodingOf, formatOf, requireFormat } from './headers.ts'
import {
  answerFailure,
  answerHome,
  answerProbe,
  answerReceipt,
  type Connection,
  type Readiness,
  refuseUnreadable,
} from './http-answers.ts'
import { isReadOnly, targetOf } from './targets.ts'

/** What the HTTP door needs. Times are milliseconds. */
export interface HttpOptions extends BodyLimits {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly receive: Receive
  /** Asked by /readyz. */
  readonly ready: () => Promise<Readiness>
  /** Called for each request whose content is accepted and thrown away. */
  readonly onDiscarded: (signal: 'metrics') => void
  /** An error that no room throws on purpose. The sender was asked to try again. */
  readonly onUnexpected: (error: unknown) => void
  /** Called for each request that is refused for good, with what its sender is told. */
  readonly onTurnedAway: (why: string) => void
  readonly tenantOf?: TenantOf
  /** Of whose pages a browser may send: `https://app.example.com`, or `*`. */
  readonly corsOrigins?: readonly string[]
  /** From the end of the body to the answer (R42). */
  readonly answerTimeoutMs?: number
  /** From the first byte of a request to its last; then the connection is closed, which every sender retries. */
  readonly requestTimeoutMs?: number
  /** How long an idle connection stays; SDKs send every 5 s, the Collector less often (R20). */
  readonly keepAliveTimeoutMs?: number
  /** How long a refused sender may go on sending before the connection is closed under it (R36). */
  readonly lingerMs?: number
  readonly shutdownTimeoutMs?: number
}

type Door = Required<HttpOptions> & { draining: boolean }

const defaults = {
  tenantOf: () => '',
  corsOrigins: [],
  answerTimeoutMs: 4000,
  requestTimeoutMs: 120_000,
  keepAliveTimeoutMs: 75_000,
  lingerMs: 5000,
  shutdownTimeoutMs: 10_000,
} satisfies Partial<HttpOptions>

/**
 * Opens the HTTP door: OTLP over HTTP/1.1 in clear text, and two probes. Throws Misconfigured where it can't listen.
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function openHttp(options: HttpOptions): Promise<Listening> {
  const door: Door = { ...defaults, ...options, draining: false }
  const answer = (request: IncomingMessage, response: ServerResponse) => void serve(door, request, response)
  const server = createServer(timeouts(door), answer)
  // With a listener, Node leaves the 100 to us: a body that will be refused needn't be sent (R13).
  server.on('checkContinue', answer)
  server.on('clientError', (error, socket) => refuseUnreadable(error, socket, door.onTurnedAway))
  const unused = watchUnused(server)
  const port = await listen('OTLP/HTTP', server, door)
  return listening(`http://${hostAndPort(door.host, port)}`, () => close(server, unused, door))
}

/** The walk of one request. Never rejects: every way out is an answer. */
async function serve(door: Door, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { lingerMs, corsOrigins } = door
  const connection: Connection = { request, response, lingerMs, closing: () => door.draining }
  const format = formatOf(request.headers['content-type'])
  const preflight = corsOrigins.length > 0 ? preflighted(request) : undefined
  allowOrigin(request, response, corsOrigins)
  try {
    const target = targetOf(preflight ?? request.method ?? '', request.url ?? '')
    if (preflight !== undefined) return answerPreflight(request, response, preflight)
    if (target === 'home') return answerHome(connection)
    if (target === 'healthz') return answerProbe(connection, { ready: true, reason: '' })
    if (target === 'readyz') return answerProbe(connection, await readiness(door))
    const known = requireFormat(format, request.headers['content-type'])
    const receipt = target === 'metrics' ? await discard(door, connection) : await take(door, connection, target, known)
    answerReceipt(connection, target, known, receipt)
  } catch (error) {
    // A misdirected GET (a browser's /favicon.ico) loses no telemetry: the operator's log needs no line for it.
    if (!(error instanceof Misdirected && isReadOnly(request.method))) tellOperator(door, error)
    answerFailure(connection, format ?? 'json', error)
  }
}

/** From a request whose headers are read to its receipt. */
async function take(door: Door, connection: Connection, signal: Signal, format: Format): Promise<Receipt> {
  const { headers } = connection.request
  const encoding = encodingOf(headers['content-encoding'])
  const tenant = door.tenantOf((name) => headers[name]?.toString())
  admit(door, connection)
  const { bytes, release } = await readBody(connection.request, encoding, door)
  const deadlineMs = performance.now() + door.answerTimeoutMs
  return receiveWithin({ signal, format, body: bytes, tenant }, { ...door, deadlineMs, release })
}

/** SDKs send metrics to the same endpoint and would log a refusal with every batch (R10). */
async function discard(door: Door, connection: Connection): Promise<Receipt> {
  admit(door, connection)
  await discardBody(connection.request, door.maxRequestBytes)
  door.onDiscarded('metrics')
  return { rejected: 0, message: '' }
}

/** The last thing before the body: nothing of it has been read, and a sender that waits for a word may send it now. */
function admit(door: Door, { request, response }: Connection): void {
  if (door.draining) throw shuttingDown()
  checkAnnouncedLength(request.headers['content-length'], door.maxRequestBytes)
  if (request.headers.expect !== undefined) response.writeContinue()
}

async function readiness(door: Door): Promise<Readiness> {
  return door.draining ? { ready: false, reason: 'shutting down' } : door.ready()
}

function timeouts({ keepAliveTimeoutMs, requestTimeoutMs }: Door): ServerOptions {
  const headersTimeout = Math.min(keepAliveTimeoutMs + 5000, requestTimeoutMs)
  // Node looks for overdue requests only so often.
  const connectionsCheckingInterval = Math.min(5000, requestTimeoutMs)
  return {
    keepAliveTimeout: keepAliveTimeoutMs,
    headersTimeout,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval,
  }
}

/** Connections that are idle close at once, the others after their answer, what is left by force. */
async function close(server: Server, unused: { close(): void }, door: Door): Promise<void> {
  door.draining = true
  const closed = once(server, 'close')
  server.close()
  unused.close()
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
  const force = setTimeout(() => server.closeAllConnections(), door.shutdownTimeoutMs)
  await closed
  clearInterval(sweep)
  clearTimeout(force)
}

// An answer that was on its way when the door closed doesn't say `Connection: close`; its connection is idle after it.
const sweepMs = 50
