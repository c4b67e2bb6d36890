import { once } from 'node:events'
import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { Socket } from 'node:net'
import { Misdirected, refusalOf, reportFailure } from '../answers/answers.ts'
import { receiptBytes } from '../answers/messages.ts'
import { answerOf, type Receipt, type Signal } from '../answers/receipt.ts'
import { readWithinBudget } from '../body/body-buffer.ts'
import { type Presented, tenantFor } from '../credentials/identity.ts'
import { presentedBy } from '../credentials/presented.ts'
import { receiveWithin } from '../deadline.ts'
import { hostAndPort, listen, type RunningServer, runningServer, shuttingDown } from '../listening.ts'
import { type ServerOptions, serverDefaults } from '../server-options.ts'
import { handshakeTimeout, reportTlsFailures } from '../tls/tls-failures.ts'
import { answerGrpcFailure, answerMessage, answerNotGrpc } from './grpc-answers.ts'
import { readMessage, windowBytes } from './grpc-message.ts'
import type { GrpcMethod } from './grpc-service.ts'
import { type ConnectionTimes, type Sessions, watchSessions } from './grpc-sessions.ts'
import { openSockets, type Sockets } from './grpc-sockets.ts'
import { limitSessions } from './session-limits.ts'

/**
 * The options of the OTLP/gRPC server. A call is answered within the sender's own `grpc-timeout` where that is shorter than
 * `answerTimeoutMs` (R42).
 */
export interface GrpcOptions extends ServerOptions, Partial<ConnectionTimes> {
  /** Calls at once on one connection; senders hold back further ones (R21). */
  readonly maxStreams?: number
  /** By path, methods of other services: health, reflection. */
  readonly methods?: ReadonlyMap<string, GrpcMethod>
}

const defaults = {
  ...serverDefaults,
  maxStreams: 100,
  methods: new Map(),
  keepAliveMs: 60_000,
  keepAliveAnswerMs: 20_000,
  maxConnectionAgeMs: 0,
} satisfies Partial<GrpcOptions>

/** `stopping` is true from the call of `stop` on. */
type ServerContext = Required<GrpcOptions> & { stopping: boolean }

interface Call {
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  readonly signal: Signal | 'metrics'
}

/**
 * Starts the OTLP/gRPC server: the Export of three signals, in clear text or over TLS. Throws Misconfigured where it can't listen.
 *
 * It is written on node:http2 rather than on @grpc/grpc-js, because that library gathers a whole message before a handler
 * sees a byte of it, so that no budget could bound the memory of all calls (R37), and because it decompresses neither
 * zstd nor snappy, which a Collector may send (R17).
 * Sources: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc and
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export async function openGrpcServer(options: GrpcOptions): Promise<RunningServer> {
  const context: ServerContext = { ...defaults, ...options, stopping: false }
  // The budget bounds what senders send. Node's own limit of 10 MB a connection resets their streams, and they lose data.
  const maxSessionMemory = Number.MAX_SAFE_INTEGER
  const settings = { maxConcurrentStreams: context.maxStreams, initialWindowSize: windowBytes }
  const http2Options = { settings, maxSessionMemory }
  const { tls } = context
  const secure = tls && createSecureServer({ ...http2Options, ...tls.current(), handshakeTimeout })
  const server = secure ?? createServer(http2Options)
  server.on('session', (session) => session.setLocalWindowSize(windowBytes))
  server.on('stream', (stream, headers) => void answer(context, stream, headers))
  const sessions = watchSessions(server, context)
  limitSessions(server, context.onRefused)
  if (secure !== null) {
    reportTlsFailures('OTLP/gRPC', secure, context.onTlsFailed)
    // what a CA has signed that is trusted no more goes on only to the end of its calls
    tls?.follow(secure, sessions.close)
  }
  const sockets = openSockets({
    accept: (socket: Socket) => void server.emit('connection', socket),
    silentMs: context.keepAliveMs,
    onRefused: context.onRefused,
    isTls: tls !== null,
  })
  const port = await listen('OTLP/gRPC', sockets.listener, context)
  return runningServer(hostAndPort({ host: context.host, port }), () => close(sessions, sockets, context))
}

/** Answers one call. Never rejects: each error becomes an answer, an unexpected one an answer to be retried (R54). */
async function answer(context: ServerContext, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  // A sender that resets its call is no error of this server; what waits for the stream sees it close.
  stream.on('error', () => {})
  if (!isGrpc(headers)) return answerNotGrpc(stream, context.lingerMs)
  const method = context.methods.get(headers[':path'] ?? '')
  if (method !== undefined) return answerMethod(context, stream, method)
  let signal: Signal | 'metrics' | undefined
  try {
    signal = signalOf(headers[':path'] ?? '')
    if (context.stopping) throw shuttingDown()
    const receipt = await receive(context, { stream, headers, signal })
    context.onAnswered({ signal, transport: 'grpc', answer: answerOf(receipt) })
    answerMessage(stream, receiptBytes(signal, 'protobuf', receipt), context.lingerMs)
  } catch (error) {
    if (signal !== undefined) context.onAnswered({ signal, transport: 'grpc', answer: refusalOf(error) })
    reportFailure(context, error)
    answerGrpcFailure(stream, error, context.lingerMs)
  }
}

/** Answers a call of another service. What goes wrong in it ends the call. */
async function answerMethod(context: ServerContext, stream: ServerHttp2Stream, method: GrpcMethod): Promise<void> {
  try {
    await method({ stream, stopping: () => context.stopping })
  } catch {
    stream.close(constants.NGHTTP2_CANCEL)
  }
}

function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers[':method'] === 'POST' && /^application\/grpc(\+proto|;|$)/.test(headers['content-type'] ?? '')
}

function signalOf(path: string): Signal | 'metrics' {
  const signal = paths.get(path)
  if (!signal)
    throw new Misdirected('not-found', `Nothing is received at ${path}: OTLP's Export of traces and logs is.`)
  return signal
}

const paths: ReadonlyMap<string, Signal | 'metrics'> = new Map([
  ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'traces'],
  ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'logs'],
  ['/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', 'metrics'],
])

/** Reads the message of a call, and waits for its receipt. Before the tenant of its sender is known, nothing is read. */
async function receive(context: ServerContext, { stream, headers, signal }: Call): Promise<Receipt> {
  // a sender whose credential is in memory costs no turn of the event loop
  const identity = context.authenticate(presentedIn(stream, headers))
  const tenant = tenantFor(identity instanceof Promise ? await identity : identity, 'send')
  const senderDeadlineMs = performance.now() + timeoutOf(headers['grpc-timeout']?.toString() ?? '')
  const encoding = headers['grpc-encoding']?.toString() ?? 'identity'
  const { bytes, release } = await readWithinBudget(context, (allowance) =>
    readMessage(stream, { allowance, encoding, timeoutMs: context.requestTimeoutMs }),
  )
  if (signal === 'metrics') return discarded(context, release)
  const deadlineMs = Math.min(performance.now() + context.answerTimeoutMs, senderDeadlineMs)
  return receiveWithin({ signal, format: 'protobuf', transport: 'grpc', body: bytes, tenant }, context, {
    deadlineMs,
    release,
  })
}

function presentedIn({ session }: ServerHttp2Stream, headers: IncomingHttpHeaders): Presented {
  return presentedBy((name) => headers[name]?.toString(), session?.socket, session ?? headers)
}

/** Accepts metrics and throws them away: SDKs send them to the same endpoint, and would log each refusal (R10). */
function discarded(context: ServerContext, release: () => void): Receipt {
  release()
  context.onDiscarded('metrics')
  return { rejected: 0, message: '' }
}

/** The milliseconds that a `grpc-timeout` gives; Infinity without a readable one. */
function timeoutOf(header: string): number {
  const [, count, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? []
  return count ? Number(count) * (millisecondsIn[unit] ?? 0) : Number.POSITIVE_INFINITY
}

const millisecondsIn: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

/** Sends GOAWAY to every sender and lets calls in flight end; connections that are left are closed, which senders retry. */
async function close(sessions: Sessions, { listener, ...sockets }: Sockets, context: ServerContext): Promise<void> {
  context.stopping = true
  const closed = once(listener, 'close')
  listener.close()
  sockets.closeUnused()
  sessions.close()
  const force = setTimeout(sockets.destroy, context.shutdownTimeoutMs)
  await closed
  clearTimeout(force)
}
