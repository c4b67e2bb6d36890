import { once } from 'node:events'
import type { Socket } from 'node:net'
import * as grpc from '@grpc/grpc-js'
import { tellOperator } from './answers.ts'
import type { ByteBudget } from './budget.ts'
import { admission } from './grpc-admission.ts'
import { openSockets, type Sockets } from './grpc-sockets.ts'
import { statusOf } from './grpc-status.ts'
import { hostAndPort, type Listening, listen, listening, shuttingDown } from './listening.ts'
import { receiptBytes } from './messages.ts'
import type { Receipt, Receive, Signal, TenantOf } from './receipt.ts'
import { receiveWithin } from './within.ts'

/** What the gRPC door needs. Times are milliseconds. */
export interface GrpcOptions {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
  readonly receive: Receive
  /** Before and after decompression, each (R34). */
  readonly maxRequestBytes: number
  readonly budget: ByteBudget
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
  readonly shutdownTimeoutMs?: number
}

type Door = Required<GrpcOptions> & { draining: boolean }
type Call = grpc.ServerUnaryCall<Buffer, Buffer>

const defaults = {
  tenantOf: () => '',
  answerTimeoutMs: 4000,
  requestTimeoutMs: 120_000,
  maxStreams: 100,
  keepAliveMs: 60_000,
  keepAliveAnswerMs: 20_000,
  shutdownTimeoutMs: 10_000,
} satisfies Partial<GrpcOptions>

/**
 * Opens the gRPC door: the Export of the three signals, in clear text. Throws Misconfigured where it can't listen.
 * Messages larger than the limit, unknown methods and unknown encodings are refused by the library itself, with
 * RESOURCE_EXHAUSTED and UNIMPLEMENTED (R17, R35).
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 */
export async function openGrpc(options: GrpcOptions): Promise<Listening> {
  const door: Door = { ...defaults, ...options, draining: false }
  const server = new grpc.Server(serverOptions(door))
  for (const signal of ['traces', 'logs', 'metrics'] as const)
    server.addService(exportService(signal), { export: exportHandler(door, signal) })
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure())
  const handOn = (socket: Socket) => injector.injectConnection(socket)
  const sockets = openSockets({ handOn, silentMs: door.keepAliveMs, onTurnedAway: door.onTurnedAway })
  const port = await listen('OTLP/gRPC', sockets.listener, door)
  return listening(hostAndPort(door.host, port), () => close(server, sockets, door))
}

function serverOptions(door: Door): grpc.ServerOptions {
  return {
    'grpc.max_receive_message_length': door.maxRequestBytes,
    'grpc.max_concurrent_streams': door.maxStreams,
    'grpc.keepalive_time_ms': door.keepAliveMs,
    'grpc.keepalive_timeout_ms': door.keepAliveAnswerMs,
    interceptors: [admission({ ...door, check: () => refuseDraining(door) })],
  }
}

function refuseDraining(door: Door): void {
  if (door.draining) throw shuttingDown()
}

const serviceNames = {
  traces: 'trace.v1.TraceService',
  logs: 'logs.v1.LogsService',
  metrics: 'metrics.v1.MetricsService',
}

/** Bytes in, bytes out: an error in a deserializer would become INTERNAL, which drops the sender's data (R53). */
function exportService(signal: Signal | 'metrics'): { export: grpc.MethodDefinition<Buffer, Buffer> } {
  return {
    export: {
      path: `/opentelemetry.proto.collector.${serviceNames[signal]}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    },
  }
}

function asItIs(bytes: Buffer): Buffer {
  return bytes
}

/** Every way out is an answer, and an error that nobody named is one that passes (R54). */
function exportHandler(door: Door, signal: Signal | 'metrics'): grpc.handleUnaryCall<Buffer, Buffer> {
  return (call, callback) => {
    const receipt = signal === 'metrics' ? discard(door) : take(door, signal, call)
    receipt.then(
      (receipt) => callback(null, receiptBytes(signal, 'protobuf', receipt)),
      (error: unknown) => {
        tellOperator(door, error)
        callback(statusOf(error))
      },
    )
  }
}

/** From a message that is here as a whole to its receipt. */
async function take(door: Door, signal: Signal, call: Call): Promise<Receipt> {
  const tenant = door.tenantOf((name) => call.metadata.get(name)[0]?.toString())
  const lease = door.budget.lease()
  lease.take(call.request.length)
  const deadlineMs = Math.min(performance.now() + door.answerTimeoutMs, deadlineOf(call))
  const request = { signal, format: 'protobuf', body: call.request, tenant, deadlineMs } as const
  return receiveWithin(request, { ...door, release: lease.release })
}

async function discard(door: Door): Promise<Receipt> {
  door.onDiscarded('metrics')
  return { rejected: 0, message: '' }
}

/** The sender's own deadline on the clock of `performance.now()`; Infinity where it has none. */
function deadlineOf(call: Call): number {
  const deadline = call.getDeadline()
  return performance.now() + (deadline instanceof Date ? deadline.getTime() : deadline) - Date.now()
}

/** GOAWAY to every sender; calls in flight end; what is left is cut off, which senders retry. */
async function close(server: grpc.Server, { listener, ...sockets }: Sockets, door: Door): Promise<void> {
  door.draining = true
  const closed = once(listener, 'close')
  listener.close()
  sockets.closeUnused()
  server.tryShutdown(() => {})
  const force = setTimeout(() => {
    server.forceShutdown()
    sockets.destroy()
  }, door.shutdownTimeoutMs)
  await closed
  clearTimeout(force)
}
