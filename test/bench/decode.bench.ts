// What decoding costs: `npx tsx test/bench/decode.bench.ts`. 1,000 spans of 12 attributes, as a busy batch has them.

import { decode } from '../../src/decode/decode.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import { loadOracle, tracesRequest } from '../decode/oracle.ts'

const spans = 1000
const oracle = loadOracle()
const request = {
  resourceSpans: [
    {
      resource: { attributes: resourceAttributes() },
      scopeSpans: [{ scope: { name: 'bench' }, spans: manySpans('base64') }],
    },
  ],
}
const body = oracle.encode(tracesRequest, request)
const json = Buffer.from(
  JSON.stringify({
    resourceSpans: [
      { ...request.resourceSpans[0], scopeSpans: [{ scope: { name: 'bench' }, spans: manySpans('hex') }] },
    ],
  }),
)
const decoded = decode('traces', 'protobuf', body).spans

console.log(`${spans} spans, ${body.length} bytes of protobuf, ${json.length} of JSON`)
measure('decode protobuf', () => decode('traces', 'protobuf', body).spans.length)
measure('decode JSON', () => decode('traces', 'json', json).spans.length)
measure('JSON.parse alone', () => Object.keys(JSON.parse(json.toString())).length)
measure('protobufjs with objects', () => Object.keys(oracle.decode(tracesRequest, body)).length)
measure('canonicalDigest', () => decoded.reduce((sum, span) => sum + canonicalDigest(span).length, 0))

function measure(name: string, run: () => number): void {
  const times: number[] = []
  let sink = 0
  const until = performance.now() + 3000
  while (performance.now() < until) {
    const start = performance.now()
    sink += run()
    times.push(performance.now() - start)
  }
  if (sink === 0) throw new Error(`${name} did nothing`)
  const median = times.sort((a, b) => a - b)[times.length >> 1]!
  console.log(
    `${name}: ${Math.round((spans / median) * 1000)} spans/s, ${((median * 1000) / spans).toFixed(2)} µs a span (median)`,
  )
}

function resourceAttributes(): object[] {
  return ['service.name', 'telemetry.sdk.name', 'host.name', 'process.runtime.name'].map((key) =>
    text(key, `the ${key}`),
  )
}

function manySpans(form: 'hex' | 'base64'): object[] {
  return Array.from({ length: spans }, (_, index) => ({
    traceId: Buffer.from((index >> 4).toString(16).padStart(32, '1'), 'hex').toString(form),
    spanId: Buffer.from((index + 1).toString(16).padStart(16, '0'), 'hex').toString(form),
    parentSpanId: Buffer.from('00000000000000aa', 'hex').toString(form),
    name: 'chat gpt-4o-mini',
    kind: 3,
    startTimeUnixNano: `${1795407997840000000n + BigInt(index)}`,
    endTimeUnixNano: `${1795407998840000000n + BigInt(index)}`,
    attributes: attributes(index),
    status: { code: 1 },
    flags: 257,
  }))
}

function attributes(index: number): object[] {
  return [
    text('gen_ai.operation.name', 'chat'),
    text('gen_ai.provider.name', 'openai'),
    text('gen_ai.request.model', 'gpt-4o-mini'),
    text('gen_ai.response.model', 'gpt-4o-mini-2024-07-18'),
    text('gen_ai.response.id', `chatcmpl-${index.toString(36).padStart(12, 'x')}`),
    text(
      'gen_ai.input.messages',
      `[{"role":"user","parts":[{"type":"text","content":"Find a train for traveller ${index}"}]}]`,
    ),
    text(
      'gen_ai.output.messages',
      `[{"role":"assistant","parts":[{"type":"text","content":"There are two, number ${index} is faster."}]}]`,
    ),
    text('server.address', 'api.openai.com'),
    { key: 'gen_ai.usage.input_tokens', value: { intValue: `${1200 + index}` } },
    { key: 'gen_ai.usage.output_tokens', value: { intValue: `${80 + (index % 7)}` } },
    { key: 'gen_ai.request.temperature', value: { doubleValue: 0.2 } },
    { key: 'gen_ai.request.stream', value: { boolValue: true } },
  ]
}

function text(key: string, value: string): object {
  return { key, value: { stringValue: value } }
}
