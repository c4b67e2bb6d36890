import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { Client, credentials, status } from '@grpc/grpc-js'
import fc from 'fast-check'
import { jsonOf, logsRequests, tracesRequests } from '../decode/cases.ts'
import { loadOracle, logsRequest, tracesRequest } from '../decode/oracle.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { randomNumbers } from '../support/replay.ts'
import { watchStretches } from './stretches.ts'

/** What is sent: a body, valid or not, with the headers that say what it is. */
export interface Attempt {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer<ArrayBuffer>
}

/** What went wrong with one attempt. */
export interface Finding {
  readonly why: string
  readonly attempt: Attempt
}

/** What a run has found. */
export interface FuzzResult {
  readonly sent: number
  /** How often each answer came: a status of HTTP, or the name of a code of gRPC. */
  readonly statuses: ReadonlyMap<string, number>
  readonly findings: readonly Finding[]
  /** The longest time for which the event loop stood still, in milliseconds, that without a processor apart. */
  readonly stallMs: number
}

/** The ports of a receiver: a base URL of OTLP/HTTP, and host:port of OTLP/gRPC. */
export interface FuzzTarget {
  readonly http: string
  readonly grpc: string
}

const oracle = loadOracle()

/** Valid bodies, from the recordings and from all that the schema allows. */
function seedsOf(seed: number): Attempt[] {
  const recorded = recordingNames()
    .flatMap(requestsOf)
    .filter(({ body }) => body.length < 100_000)
  const of = (signal: 'traces' | 'logs', type: 'json' | 'x-protobuf', body: Uint8Array): Attempt => {
    return { path: `/v1/${signal}`, headers: { 'content-type': `application/${type}` }, body: Buffer.from(body) }
  }
  const samples = { numRuns: 200, seed }
  return [
    ...recorded.map(({ signal, format, body }) => of(signal, format === 'json' ? 'json' : 'x-protobuf', body)),
    ...fc
      .sample(tracesRequests, samples)
      .flatMap((request) => [
        of('traces', 'x-protobuf', oracle.encode(tracesRequest, request)),
        of('traces', 'json', Buffer.from(jsonOf(request))),
      ]),
    ...fc
      .sample(logsRequests, samples)
      .flatMap((request) => [
        of('logs', 'x-protobuf', oracle.encode(logsRequest, request)),
        of('logs', 'json', Buffer.from(jsonOf(request))),
      ]),
  ]
}

const texts = [
  'null',
  '{}',
  '[]',
  '1e999',
  '-1',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  `"${'x'.repeat(70_000)}"`,
  '"infinity"',
  '[[[[[[[[',
  '"',
  ',',
  '9223372036854775808',
]

/** Puts a text in place of a string of JSON, or anywhere. */
function withText(body: Buffer<ArrayBuffer>, text: string, random: () => number): Buffer<ArrayBuffer> {
  const json = body.toString('latin1')
  const strings = [...json.matchAll(/"[^"\\]*"/g)]
  const at = strings[below(random, strings.length)]
  const [from, to] = at === undefined ? [0, 0] : [at.index, at.index + at[0].length]
  return Buffer.concat([body.subarray(0, from), Buffer.from(text), body.subarray(to)])
}

function below(random: () => number, limit: number): number {
  return Math.floor(random() * limit)
}

/** Changes some bytes: single ones, lengths, pieces doubled, left out or put elsewhere, values of JSON. */
function mutate(body: Buffer, isJson: boolean, random: () => number): Buffer<ArrayBuffer> {
  let bytes = Buffer.from(body)
  for (let change = below(random, 4); change >= 0 && bytes.length > 0; change--) {
    const at = below(random, bytes.length)
    const length = below(random, 40)
    const pick = below(random, 7)
    if (pick === 0) bytes[at] = below(random, 256)
    else if (pick === 1) bytes[at]! ^= 1 << below(random, 8)
    else if (pick === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
    else if (pick === 3) bytes = Buffer.concat([bytes, bytes.subarray(at, at + length)])
    else if (pick === 4) bytes.copy(bytes, below(random, bytes.length), at, at + length)
    else if (pick === 5)
      bytes.fill([0, 255, 128, 127][below(random, 4)]!, at, Math.min(bytes.length, at + below(random, 12)))
    else if (isJson) bytes = withText(bytes, texts[below(random, texts.length)]!, random)
  }
  return below(random, 8) === 0 ? bytes.subarray(0, below(random, bytes.length)) : bytes
}

const types = ['application/json', 'application/x-protobuf', 'application/json; charset=utf-16', 'text/plain', '']
const encodings = ['gzip', 'zstd', 'snappy', 'deflate', 'br', 'gzip, gzip']

function nextAttempt(seeds: readonly Attempt[], random: () => number): Attempt {
  const { path, headers, body } = seeds[below(random, seeds.length)]!
  const isJson = headers['content-type'] === 'application/json'
  const changed = random() < 0.05 ? body : mutate(body, isJson, random)
  const odd = random()
  if (odd < 0.05)
    return {
      path,
      headers: { ...headers, 'content-encoding': encodings[below(random, encodings.length)]! },
      body: changed,
    }
  if (odd < 0.1) return { path, headers: { 'content-type': types[below(random, types.length)]! }, body: changed }
  if (odd < 0.2)
    return { path, headers: { ...headers, 'content-encoding': 'gzip' }, body: mutate(gzipSync(changed), false, random) }
  return { path, headers, body: changed }
}

/** Answers of a receiver to whatever comes: success, what is wrong with the request, or to try again. */
const allowed: ReadonlySet<number> = new Set([200, 400, 413, 415])
const answerMs = 10_000
/** A value that the database refuses whenever it is tried would be answered 503 for ever (law 7). */
const mostResends = 10

/** The same over gRPC. */
const allowedCodes: ReadonlySet<number> = new Set([status.OK, status.INVALID_ARGUMENT, status.RESOURCE_EXHAUSTED])

/** Sends what is made of valid requests to both ports of a receiver, for so many milliseconds. */
export async function fuzz({ http, grpc }: FuzzTarget, seed: number, forMs: number): Promise<FuzzResult> {
  const random = randomNumbers(seed)
  const seeds = seedsOf(seed)
  const statuses = new Map<string, number>()
  const findings: Finding[] = []
  const untilMs = performance.now() + forMs
  const client = new Client(grpc, credentials.createInsecure())
  let sent = 0
  await pause(50)
  const stretch = watchStretches()
  const sender = async () => {
    while (performance.now() < untilMs && findings.length < 20) {
      const attempt = nextAttempt(seeds, random)
      // every third body of protobuf goes over gRPC
      const isGrpc = random() < 0.3 && attempt.headers['content-type'] === 'application/x-protobuf'
      const why = isGrpc ? await wrongOverGrpc(client, attempt, statuses) : await wrongIn(http, attempt, statuses)
      sent++
      if (why !== null) findings.push({ why, attempt })
    }
  }
  await Promise.all(Array.from({ length: 8 }, sender))
  const stallMs = stretch()
  client.close()
  return { sent, statuses, findings, stallMs }
}

const services: Readonly<Record<string, string>> = {
  '/v1/traces': 'trace.v1.TraceService',
  '/v1/logs': 'logs.v1.LogsService',
}

async function wrongOverGrpc(
  client: Client,
  { path, body }: Attempt,
  statuses: Map<string, number>,
): Promise<string | null> {
  const method = `/opentelemetry.proto.collector.${services[path]}/Export`
  const asBytes = (bytes: Buffer) => bytes
  for (let resends = 0; ; resends++) {
    const code = await new Promise<number>((resolve) => {
      const options = { deadline: Date.now() + answerMs }
      client.makeUnaryRequest(method, asBytes, asBytes, body, options, (error) => resolve(error?.code ?? status.OK))
    })
    count(statuses, status[code]!)
    if (allowedCodes.has(code)) return null
    if (code !== status.UNAVAILABLE || resends === mostResends) return `it was answered ${status[code]} over gRPC`
    await pause(1_000)
  }
}

async function wrongIn(
  baseUrl: string,
  { path, headers, body }: Attempt,
  statuses: Map<string, number>,
): Promise<string | null> {
  try {
    for (let resends = 0; ; resends++) {
      const options = { method: 'POST', headers, body, signal: AbortSignal.timeout(answerMs) }
      const answer = await fetch(`${baseUrl}${path}`, options)
      await answer.arrayBuffer()
      count(statuses, String(answer.status))
      if (allowed.has(answer.status)) return null
      if (answer.status !== 503 || resends === mostResends) return `it was answered ${answer.status}`
      await pause(1_000)
    }
  } catch (error) {
    return `it was not answered: ${String(error)}`
  }
}

function count(statuses: Map<string, number>, answer: string): void {
  statuses.set(answer, (statuses.get(answer) ?? 0) + 1)
}
