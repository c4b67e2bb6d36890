import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import * as grpc from '@grpc/grpc-js'
import type { ExportRequest, Receipt } from '../../src/accept/answers/receipt.ts'
import { openBudget } from '../../src/accept/body/budget.ts'
import { type GrpcOptions, openGrpcServer } from '../../src/accept/grpc/grpc.ts'
import { type HttpOptions, openHttpServer } from '../../src/accept/http/http.ts'
import { readStatus } from './oracle.ts'

export const full: Receipt = { rejected: 0, message: '' }
export const MiB = 1024 * 1024

/** The options of a server under test, and what it has received and reported. */
function testOptions() {
  const received: ExportRequest[] = []
  const discarded: string[] = []
  const unexpected: unknown[] = []
  const refused: string[] = []
  const options = {
    host: '127.0.0.1',
    port: 0,
    maxRequestBytes: 64 * MiB,
    // no test takes so long, however busy the machine is
    answerTimeoutMs: 600_000,
    shutdownTimeoutMs: 600_000,
    budget: openBudget(256 * MiB),
    ready: async () => ({ ready: true, reason: '' }),
    onDiscarded: (signal: string) => discarded.push(signal),
    onUnexpected: (error: unknown) => unexpected.push(error),
    onRefused: (why: string) => refused.push(why),
    onTlsFailed: (why: string) => refused.push(why),
    receive: async (request: ExportRequest) => {
      // its memory is freed with the answer
      received.push({ ...request, body: Buffer.from(request.body) })
      return full
    },
  }
  return { received, discarded, unexpected, refused, options }
}

/** An HTTP server. Its `receive` accepts everything unless the test changes it. */
export async function httpServer(changes: Partial<HttpOptions> = {}) {
  const { options, ...seen } = testOptions()
  const merged = { ...options, ...changes }
  const server = await openHttpServer(merged)
  return { ...server, ...seen, budget: merged.budget, port: Number(new URL(server.address).port) }
}

/** A gRPC server of the same kind. */
export async function grpcServer(changes: Partial<GrpcOptions> = {}) {
  const { options, ...seen } = testOptions()
  const merged = { ...options, ...changes }
  const server = await openGrpcServer(merged)
  return { ...server, ...seen, budget: merged.budget }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer<ArrayBuffer>
}

/** Sends one request over node:http, unchanged: protobuf to /v1/traces unless the options say otherwise. */
export function post(
  base: string,
  { path = '/v1/traces', method = 'POST', headers = {}, body = new Uint8Array() }: PostOptions = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = { 'content-type': 'application/x-protobuf', ...headers }
    const sent = httpRequest(base, { path, method, headers: all, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

export interface PostOptions {
  readonly path?: string
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: Uint8Array | string
}

/** Writes bytes to a socket and returns all that the server sends until it closes the socket. */
export function rawExchange(port: number, ...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  for (const part of parts) socket.write(part)
  return text(socket)
}

const services = { traces: 'trace.v1.TraceService', logs: 'logs.v1.LogsService', metrics: 'metrics.v1.MetricsService' }
const asItIs = (bytes: Buffer) => bytes

/** Sends one Export; an error is a grpc.ServiceError with its trailers. */
export function exportBytes(
  client: grpc.Client,
  body: Uint8Array,
  { signal = 'traces', method, deadline, headers = {} }: ExportOptions = {},
): Promise<Buffer> {
  const path = method ?? `/opentelemetry.proto.collector.${services[signal]}/Export`
  const options = deadline === undefined ? {} : { deadline: Date.now() + deadline }
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asItIs, asItIs, Buffer.from(body), metadataOf(headers), options, (error, answer) =>
      error ? reject(error) : resolve(answer ?? Buffer.alloc(0)),
    )
  })
}

export interface ExportOptions {
  readonly signal?: keyof typeof services
  readonly method?: string
  /** In milliseconds from now. */
  readonly deadline?: number
  readonly headers?: Readonly<Record<string, string>>
}

function metadataOf(headers: Readonly<Record<string, string>>): grpc.Metadata {
  const metadata = new grpc.Metadata()
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value)
  return metadata
}

/** A message with its prefix: whether it is compressed, and its length. */
export function framed(message: Uint8Array, compressed: 0 | 1 = 0): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt8(compressed)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** An Export whose bytes the test writes itself. `headers` and `status` (the grpc-status) resolve with the answer. */
export function rawCall(address: string, headers: OutgoingHttpHeaders = {}) {
  const session = connectHttp2(`http://${address}`)
  const stream = session.request({
    ':method': 'POST',
    ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  const answered = once(stream, 'response').then(([headers]) => headers as IncomingHttpHeaders)
  const trailers = once(stream, 'trailers').then(([trailers]) => trailers as IncomingHttpHeaders)
  // In an answer without a message, the headers are the trailers.
  const status = answered.then(async (headers) =>
    Number((headers['grpc-status'] ? headers : await trailers)['grpc-status']),
  )
  // A test may end without waiting for these.
  for (const promise of [answered, trailers, status]) promise.catch(() => {})
  stream.on('error', () => {})
  stream.resume()
  return { session, stream, headers: answered, status, [Symbol.dispose]: () => session.destroy() }
}

/** Sends one Export whose message is marked as compressed; returns the grpc-status. */
export async function exportCompressed(address: string, compressed: Uint8Array, encoding: string): Promise<number> {
  using call = rawCall(address, { 'grpc-encoding': encoding })
  call.stream.end(framed(compressed, 1))
  return await call.status
}

/** A client that closes itself with `using`. */
export function grpcClient(address: string, options: grpc.ClientOptions = {}) {
  const client = new grpc.Client(address, grpc.credentials.createInsecure(), options)
  return { client, [Symbol.dispose]: () => client.close() }
}

/** A promise that the test settles. */
export function gate<T = Receipt>() {
  let open!: (value: T) => void
  let fail!: (reason: unknown) => void
  const opened = new Promise<T>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { opened, open, fail }
}

/** The error of an Export; rejects where it succeeds. */
export function failureOf(answer: Promise<unknown>): Promise<grpc.ServiceError> {
  return answer.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error) => error as grpc.ServiceError,
  )
}

/** The google.rpc.Status in the trailers of an error. */
export function detailsOf(error: grpc.ServiceError): Record<string, unknown> {
  return readStatus(error.metadata.get('grpc-status-details-bin')[0] as Buffer)
}
