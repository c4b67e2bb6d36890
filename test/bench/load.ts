import { createHash } from 'node:crypto'
import { loadOracle, tracesRequest } from '../decode/oracle.ts'
import { stepsOf } from './steps.ts'

/** How spans are sent. */
export interface Door {
  readonly protocol: 'grpc' | 'http'
  readonly encoding: 'protobuf' | 'json'
  /** How messages of gRPC are compressed; absent: not at all. */
  readonly compression?: 'gzip'
}

/** What is sent, and how. All else is as in `idOnEverySpan`. */
export interface Shape extends Door {
  readonly name: string
  readonly spansPerRequest: number
  readonly workflowIdOn: 'every span' | 'root'
  /** How many requests later than its place in the run the span of the agent is sent, and the root. */
  readonly agentLater: number
  readonly rootLater: number
  /** All runs of ten spans are one trace, or all traces one workflow. */
  readonly joined: 'nothing' | 'trace' | 'workflow'
  /** Every so many spans one is sent again, with the next request; 0: none. */
  readonly duplicateEvery: number
  /** Characters of text that each span has besides. */
  readonly extraText: number
}

/** Requests of 512 spans of about 820 bytes in traces of ten spans: what the others are compared with. */
export const idOnEverySpan: Shape = {
  name: 'id on every span',
  protocol: 'grpc',
  encoding: 'protobuf',
  spansPerRequest: 512,
  workflowIdOn: 'every span',
  agentLater: 0,
  rootLater: 0,
  joined: 'nothing',
  duplicateEvery: 0,
  extraText: 0,
}

export const shapes: readonly Shape[] = [
  idOnEverySpan,
  { ...idOnEverySpan, name: 'id on the root only', workflowIdOn: 'root' },
  { ...idOnEverySpan, name: 'id on a root that comes later', workflowIdOn: 'root', rootLater: 8 },
  { ...idOnEverySpan, name: 'OTLP/HTTP protobuf', protocol: 'http' },
  { ...idOnEverySpan, name: 'OTLP/HTTP JSON', protocol: 'http', encoding: 'json' },
  { ...idOnEverySpan, name: 'children earlier, 10 % duplicates', agentLater: 4, rootLater: 8, duplicateEvery: 10 },
  { ...idOnEverySpan, name: 'spans of 50 kB', spansPerRequest: 40, extraText: 49_000 },
  { ...idOnEverySpan, name: 'one trace of all spans', joined: 'trace' },
  { ...idOnEverySpan, name: 'one workflow of all traces', joined: 'workflow' },
]

/** Those that are measured only when BENCH_SHAPE asks for them. */
export const shapesOnDemand: readonly Shape[] = [{ ...idOnEverySpan, name: 'OTLP/gRPC in gzip', compression: 'gzip' }]

/** Encoded requests, and how many different spans they have. */
export interface Load {
  readonly bodies: readonly Uint8Array[]
  readonly spans: number
}

/** Encodes requests beforehand. Two rounds have no id in common. */
export function encodedLoad(shape: Shape, requests: number, round: string): Load {
  const { spansPerRequest, encoding, duplicateEvery } = shape
  const spans = inOrder(shape, requests * spansPerRequest, round)
  const sent = duplicateEvery === 0 ? spans : withDuplicates(spans, shape)
  const encode = encoding === 'json' ? jsonOf : protobufEncoder()
  const bodies = Array.from({ length: Math.ceil(sent.length / spansPerRequest) }, (_, i) =>
    encode(sent.slice(i * spansPerRequest, (i + 1) * spansPerRequest)),
  )
  return { bodies, spans: spans.length }
}

interface LoadSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

/** Spans in the order in which they are sent. */
function inOrder(shape: Shape, count: number, round: string): LoadSpan[] {
  const runs = Math.ceil(count / 10)
  const later = [shape.rootLater, shape.agentLater].map((requests) => requests * shape.spansPerRequest)
  const due = Array.from({ length: runs }, (_, index) => spansOf(shape, index, round)).flatMap((spans, run) =>
    spans.map((span, n) => ({ span, at: run * 10 + n + (later[n] ?? 0) })),
  )
  return due
    .sort((a, b) => a.at - b.at)
    .slice(0, count)
    .map(({ span }) => span)
}

function withDuplicates(spans: readonly LoadSpan[], { duplicateEvery, spansPerRequest }: Shape): LoadSpan[] {
  return spans.flatMap((span, i) => {
    const earlier = spans[i - spansPerRequest]
    return i % duplicateEvery === 0 && earlier !== undefined ? [span, earlier] : [span]
  })
}

/** Runs have just ended, as those of senders have: spans of earlier months are looked up in what retention has removed. */
const firstRunMs = Date.now() - 600_000

/** The spans of an agent's run: the root, the agent, then all others. */
function spansOf(shape: Shape, index: number, round: string): LoadSpan[] {
  const base = firstRunMs + index * 20
  const workflow = `wf-${round}-${shape.joined === 'nothing' ? index : 0}`
  const trace = hex(shape.joined === 'trace' ? `${round}trace` : `${round}${index}`, 32)
  const everywhere = shape.workflowIdOn === 'root' ? {} : { workflow_id: workflow }
  const id = (n: number) => hex(`${round} ${index} ${n}`, 16)
  return stepsOf({ round, index, workflow }).map((step, n) => ({
    traceId: trace,
    spanId: id(n),
    ...(step.parent === null ? {} : { parentSpanId: id(step.parent) }),
    name: step.name,
    kind: 1,
    startTimeUnixNano: `${base + step.from}000000`,
    endTimeUnixNano: `${base + step.to}000000`,
    attributes: attributes({ ...everywhere, ...step.attributes, ...longText(shape, `${round} ${index} ${n}`) }),
  }))
}

const words =
  'the harbour strike weather ticket price answer model tool search night train hotel Lisbon news wind'.split(' ')

/** A prompt of words, which compresses about as texts do. */
function longText({ extraText }: Shape, seed: string): Record<string, string> {
  if (extraText === 0) return {}
  let state = Number.parseInt(hex(seed, 8), 16)
  let text = ''
  while (text.length < extraText) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    text += `${words[(state >>> 16) % words.length]}${state & 0x800000 ? (state >>> 20) & 0xff : ''} `
  }
  const content = [{ role: 'user', parts: [{ type: 'text', content: text }] }]
  return { 'gen_ai.input.messages': JSON.stringify(content) }
}

function requestOf(spans: readonly object[]): object {
  const resource = { attributes: attributes({ 'service.name': 'bench-agent', 'telemetry.sdk.language': 'nodejs' }) }
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'bench' }, spans }] }] }
}

function jsonOf(spans: readonly LoadSpan[]): Uint8Array {
  return Buffer.from(JSON.stringify(requestOf(spans)))
}

function protobufEncoder(): (spans: readonly LoadSpan[]) => Uint8Array {
  const oracle = loadOracle()
  return (spans) => oracle.encode(tracesRequest, requestOf(spans.map(withBytes)))
}

function withBytes({ traceId, spanId, parentSpanId, ...rest }: LoadSpan): object {
  return {
    ...rest,
    traceId: Buffer.from(traceId, 'hex'),
    spanId: Buffer.from(spanId, 'hex'),
    ...(parentSpanId !== undefined && { parentSpanId: Buffer.from(parentSpanId, 'hex') }),
  }
}

function attributes(values: object): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }))
}

/** Ids as senders draw them: spread evenly. */
function hex(text: string, digits: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, digits)
}
