import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { Misdirected, tellOperator } from '../answers/answers.ts'
import { receiptBytes } from '../answers/messages.ts'
import type { Receipt, Receive, Signal, TenantOf } from '../answers/receipt.ts'
import { type BodyLimits, hold } from '../body/body-buffer.ts'
import { receiveWithin } from '../deadline.ts'
import { hostAndPort, type Listening, listen, listening, shuttingDown } from '../listening.ts'
import { answerFailure, answerForeign, answerMessage } from './grpc-answers.ts'
import { readMessage } from './grpc-message.ts'
import { type Sessions, watchSessions } from './grpc-sessions.ts'
import { openSockets, type Sockets } from './grpc-sockets.ts'

/** What the gRPC door needs. Times are milliseconds. */
export interface GrpcOptions extends BodyLimits {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly receive: Receive
  /** Called for each request whose content is accepted and thrown away. */
  readonly onDiscarded: (signal: 'metrics') => void
  /** An error that no room throws on purpose. The sender was asked to try again. */
  readonly onUnexpected: (error: unknown) => void
  /** Called for each request that is refused for good, with what its sender is told. */
  readonly onTurnedAway: (why: string) => void
  readonly tenantOf?: TenantOf
  /** From the end of the message to the answer, unless the sender gives up before (R42). */
  readonly answerTimeoutMs?: number
  /** From the headers of a call to the end of its message. */
  readonly requestTimeoutMs?: number
  /** Calls at once on one connection; senders keep back what is more (R21). */
  readonly maxStreams?: number
  /** How long a connection may be silent before it is asked whether somebody is there, and how long for the answer. */
  readonly keepAliveMs?: number
  readonly keepAliveAnswerMs?: number
  /** How long a refused sender may go on sending (R36). */
  readonly lingerMs?: number
  readonly shutdownTimeoutMs?: number
}

type Door = Required<GrpcOptions> & { draining: boolean }

interface Call {
  readonly stream: ServerHttp2Stream
  readonly headers: IncomingHttpHeaders
  readonly signal: Signal | 'metrics'
}

const defaults = {
  tenantOf: () => '',
  answerTimeoutMs: 4000,
  requestTimeoutMs: 120_000,
  maxStreams: 100,
  keepAliveMs: 60_000,
  keepAliveAnswerMs: 20_000,
  lingerMs: 5000,
  shutdownTimeoutMs: 10_000,
} satisfies Partial<GrpcOptions>

/**
 * Opens the gRPC door: the Export of the three signals, in clear text. Throws Misconfigured where it can't listen.
 * Sources: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc and
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export async function openGrpc(options: GrpcOptions): Promise<Listening> {
  const door: Door = { ...defaults, ...options, draining: false }
  // The budget bounds what senders send; Node's own limit of 10 MB a connection resets their streams, which loses them.
  const maxSessionMemory = Number.MAX_SAFE_INTEGER
  const server = createServer({ settings: { maxConcurrentStreams: door.maxStreams }, maxSessionMemory })
  server.on('stream', (stream, headers) => void serve(door, stream, headers))
  const sessions = watchSessions(server, door)
  const handOn = (socket: Socket) => void server.emit('connection', socket)
  const sockets = openSockets({ handOn, silentMs: door.keepAliveMs, onTurnedAway: door.onTurnedAway })
  const port = await listen('OTLP/gRPC', sockets.listener, door)
  return listening(hostAndPort(door.host, port), () => close(sessions, sockets, door))
}

/** The walk of one call. Never rejects: every way out is an answer, and an error that nobody named is one that passes (R54). */
async function serve(door: Door, stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  // A sender that resets its call or breaks off is no error of ours; whoever waits for the stream sees it close.
  stream.on('error', () => {})
  if (!isGrpc(headers)) return answerForeign(stream, door.lingerMs)
  try {
    const signal = signalOf(headers[':path'] ?? '')
    if (door.draining) throw shuttingDown()
    const receipt = await take(door, { stream, headers, signal })
    answerMessage(stream, receiptBytes(signal, 'protobuf', receipt))
  } catch (error) {
    tellOperator(door, error)
    answerFailure(stream, error, door.lingerMs)
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

/** From a call whose headers are read to its receipt. */
async function take(door: Door, { stream, headers, signal }: Call): Promise<Receipt> {
  const giveUpMs = performance.now() + timeoutOf(headers['grpc-timeout']?.toString() ?? '')
  const tenant = door.tenantOf((name) => headers[name]?.toString())
  const encoding = headers['grpc-encoding']?.toString() ?? 'identity'
  const { bytes, release } = await hold(door, (room) =>
    readMessage(stream, { room, encoding, timeoutMs: door.requestTimeoutMs }),
  )
  if (signal === 'metrics') return discarded(door, release)
  const deadlineMs = Math.min(performance.now() + door.answerTimeoutMs, giveUpMs)
  return receiveWithin({ signal, format: 'protobuf', body: bytes, tenant }, { ...door, deadlineMs, release })
}

/** SDKs send metrics to the same endpoint and would log a refusal with every batch (R10). */
function discarded(door: Door, release: () => void): Receipt {
  release()
  door.onDiscarded('metrics')
  return { rejected: 0, message: '' }
}

/** The sender's patience in milliseconds; Infinity where it says nothing that can be read. */
function timeoutOf(header: string): number {
  const [, count, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(header) ?? []
  return count ? Number(count) * (millisecondsIn[unit] ?? 0) : Number.POSITIVE_INFINITY
}

const millisecondsIn: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }

/** GOAWAY to every sender; calls in flight end; what is left is cut off, which senders retry. */
async function close(sessions: Sessions, { listener, ...sockets }: Sockets, door: Door): Promise<void> {
  door.draining = true
  const closed = once(listener, 'close')
  listener.close()
  sockets.closeUnused()
  sessions.close()
  const force = setTimeout(sockets.destroy, door.shutdownTimeoutMs)
  await closed
  clearTimeout(force)
}
