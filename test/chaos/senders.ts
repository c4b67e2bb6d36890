import { setTimeout as pause } from 'node:timers/promises'
import { type ChannelCredentials, Client, credentials, Metadata } from '@grpc/grpc-js'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base'
import type { OtlpRequest } from '../support/recordings.ts'
import { ask } from './ask.ts'
import type { Bridge } from './bridge.ts'
import type { Material } from './material.ts'

/** What became of everything that was sent. */
export interface Sent {
  readonly acknowledged: OtlpRequest[]
  readonly exported: ReadableSpan[]
  /** Runs that their sender gave up: they may be there or not. */
  readonly abandoned: Material[]
  /** Answers that are neither success nor to be tried again. */
  readonly wrong: string[]
  /** Attempts that were asked to be made again, or broke off. */
  again: number
  /** The longest time from the first attempt of a request to its acknowledgement, in milliseconds. */
  longestMs: number
}

/** What senders have in common. */
export interface Sending {
  readonly bridges: readonly Bridge[]
  readonly sent: Sent
  readonly random: () => number
  /** No new request is begun; those that were begun are sent until they are acknowledged. */
  stopping: boolean
  /** How long a sender rests between two requests. */
  readonly restMs: number
}

type Post = (request: OtlpRequest, bridge: Bridge) => Promise<{ readonly status: number; readonly text: string }>

const attemptMs = 10_000
/** 200, what may be tried again, and no answer at all. */
const expected = [200, 429, 502, 503, 504, 0]

export const overHttp: Post = ({ signal, format, body }, bridge) => {
  const headers = { 'content-type': format === 'json' ? 'application/json' : 'application/x-protobuf' }
  return ask(bridge, { path: `/v1/${signal}`, headers, body, timeoutMs: attemptMs })
}

const services = { traces: 'trace.v1.TraceService', logs: 'logs.v1.LogsService' } as const
const grpcClients = new Map<string, Client>()

/** Credentials of gRPC that trust what all senders trust, and show their certificate and the token of the moment. */
function credentialsOf({ security }: Bridge): ChannelCredentials {
  const token = credentials.createFromMetadataGenerator((_, done) => {
    const metadata = new Metadata()
    metadata.set('authorization', `Bearer ${security.token()}`)
    done(null, metadata)
  })
  const { ca, client } = security
  const tls = credentials.createSsl(Buffer.from(ca), Buffer.from(client.key), Buffer.from(client.cert))
  return credentials.combineChannelCredentials(tls, token)
}

export const overGrpc: Post = (request, bridge) => {
  if (request.format === 'json') return overHttp(request, bridge)
  const client = grpcClients.get(bridge.grpc) ?? new Client(bridge.grpc, credentialsOf(bridge))
  grpcClients.set(bridge.grpc, client)
  const path = `/opentelemetry.proto.collector.${services[request.signal]}/Export`
  const asBytes = (bytes: Buffer) => bytes
  return new Promise((resolve) => {
    const options = { deadline: Date.now() + attemptMs }
    client.makeUnaryRequest(path, asBytes, asBytes, request.body, options, (error) => {
      if (!error) return resolve({ status: 200, text: '' })
      // UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, ABORTED, and RESOURCE_EXHAUSTED as retried by the specification
      const isRetryable = [14, 4, 1, 10].includes(error.code)
      resolve({ status: isRetryable ? 503 : error.code, text: error.message })
    })
  })
}

/** Sends one request to whichever bridge until it is acknowledged, or until `lastMs`. */
async function deliver(post: Post, request: OtlpRequest, sending: Sending, lastMs = Number.POSITIVE_INFINITY) {
  const { sent, bridges, random } = sending
  const startedMs = performance.now()
  for (;;) {
    const { status, text } = await post(request, bridges[Math.floor(random() * bridges.length)]!)
    if (status === 200) {
      sent.longestMs = Math.max(sent.longestMs, performance.now() - startedMs)
      return true
    }
    if (!expected.includes(status)) {
      sent.wrong.push(`${status} ${text}`)
      return false
    }
    if (performance.now() > lastMs) return false
    sent.again++
    await pause(100 + 200 * random())
  }
}

/** Sends requests to one bridge, several at a time, each until it is acknowledged. Throws where one is refused. */
export async function sendWithoutFaults(requests: readonly OtlpRequest[], bridge: Bridge): Promise<void> {
  const waiting = requests.values()
  const sender = async () => {
    for (const request of waiting)
      for (
        let answer = await overHttp(request, bridge);
        answer.status !== 200;
        answer = await overHttp(request, bridge)
      )
        if (!expected.includes(answer.status)) throw new Error(`without faults, too, it fails: ${answer.text}`)
  }
  await Promise.all(Array.from({ length: 16 }, sender))
}

/** Sends requests of the list, until it is empty or all is stopping. Some are sent twice. */
export async function sendRequests(post: Post, requests: OtlpRequest[], sending: Sending): Promise<void> {
  while (!sending.stopping && requests.length > 0) {
    const request = requests.pop()!
    if (await deliver(post, request, sending)) sending.sent.acknowledged.push(request)
    if (sending.random() < 0.1) await deliver(post, request, sending)
    await pause(sending.restMs)
  }
}

/** Sends runs until all is stopping. */
export async function sendRuns(post: Post, material: Iterator<Material>, sending: Sending): Promise<void> {
  while (!sending.stopping) {
    const { requests } = material.next().value as Material
    for (const request of requests) {
      if (await deliver(post, request, sending)) sending.sent.acknowledged.push(request)
      if (sending.random() < 0.1) await deliver(post, request, sending)
      await pause(sending.restMs)
    }
  }
}

/** Sends runs of one request, and gives each up after ten seconds as SDKs do. */
export async function sendImpatiently(post: Post, material: Iterator<Material>, sending: Sending): Promise<void> {
  while (!sending.stopping) {
    const run = material.next().value as Material
    if (run.requests.length > 1) continue
    const [request] = run.requests
    if (await deliver(post, request!, sending, performance.now() + 10_000)) sending.sent.acknowledged.push(request!)
    else sending.sent.abandoned.push(run)
    await pause(sending.restMs)
  }
}

/** What the exporters of the SDK over HTTP are set up with. */
function exporterOptions({ http, security }: Bridge) {
  return {
    url: `${http}/v1/traces`,
    timeoutMillis: attemptMs,
    headers: async () => ({ authorization: `Bearer ${security.token()}` }),
    httpAgentOptions: { ca: security.ca, ...security.client, keepAlive: true },
  }
}

/** The exporters of the SDK, each of which is asked again until it succeeds. */
export const exporters: readonly ((bridge: Bridge) => SpanExporter)[] = [
  (bridge) => new ProtobufExporter(exporterOptions(bridge)),
  (bridge) => new JsonExporter(exporterOptions(bridge)),
  (bridge) =>
    new GrpcExporter({ url: `https://${bridge.grpc}`, timeoutMillis: attemptMs, credentials: credentialsOf(bridge) }),
]

/** Records and exports spans of an SDK until all is stopping. */
export async function exportSpans(
  newExporter: (bridge: Bridge) => SpanExporter,
  name: string,
  sending: Sending,
): Promise<void> {
  const memory = new InMemorySpanExporter()
  const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] }).getTracer('chaos')
  const own = sending.bridges.map(newExporter)
  for (let number = 0; !sending.stopping; number++) {
    const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.output_tokens': 3 }
    const attributes = { ...call, workflow_id: `${name}-${number}`, 'gen_ai.usage.input_tokens': number }
    tracer.startSpan('chat gpt-4o', { attributes }).end()
    const spans = memory.getFinishedSpans()
    memory.reset()
    while (!(await exported(own[Math.floor(sending.random() * own.length)]!, spans))) {
      sending.sent.again++
      await pause(200)
    }
    sending.sent.exported.push(...spans)
    await pause(sending.restMs)
  }
  for (const exporter of own) await exporter.shutdown().catch(() => {})
}

export function exported(exporter: SpanExporter, spans: readonly ReadableSpan[]): Promise<boolean> {
  return new Promise((resolve) => exporter.export([...spans], ({ code }) => resolve(code === 0)))
}
