import { createHash } from 'node:crypto'
import { loadOracle, tracesRequest } from '../decode/oracle.ts'

/** Where the workflow id stands, and how the spans of a trace are spread over requests. */
export type Shape = 'id on every span' | 'id on the root only, which comes later' | 'one trace of all spans'

const spansPerTrace = 10
const spansPerRequest = 512
/** How many spans later than its children a root is sent: the next round of the eight senders. */
const rootLag = 8 * spansPerRequest

/** Requests of 512 spans each, encoded beforehand: agent traces of 10 spans, about 820 bytes a span. */
export function encodedRequests(shape: Shape, requests: number, round: string): Uint8Array[] {
  const oracle = loadOracle()
  const spans = inOrder(shape, requests * spansPerRequest, round)
  return Array.from({ length: requests }, (_, i) =>
    oracle.encode(tracesRequest, {
      resourceSpans: [
        {
          resource: { attributes: attributes({ 'service.name': 'bench-agent', 'telemetry.sdk.language': 'nodejs' }) },
          scopeSpans: [
            { scope: { name: 'bench' }, spans: spans.slice(i * spansPerRequest, (i + 1) * spansPerRequest) },
          ],
        },
      ],
    }),
  )
}

function inOrder(shape: Shape, count: number, round: string): object[] {
  const traces = Math.ceil(count / spansPerTrace)
  const all = Array.from({ length: traces }, (_, i) => traceOf(shape, i, round))
  if (shape !== 'id on the root only, which comes later') return all.flat().slice(0, count)
  const late = Math.ceil(rootLag / spansPerTrace)
  return all.flatMap(([, ...children], i) => [...children, ...(i >= late ? [all[i - late]![0]!] : [])]).slice(0, count)
}

/** A root, an agent, four model calls, four tool runs. */
function traceOf(shape: Shape, index: number, round: string): object[] {
  const trace = shape === 'one trace of all spans' ? hex(`${round}trace`, 32) : hex(`${round}${index}`, 32)
  const base = 1_790_000_000_000 + index * 20
  const id = (n: number) => hex(`${round} ${index} ${n}`, 16)
  const workflow = `wf-${round}-${shape === 'one trace of all spans' ? 0 : index}`
  const everywhere = shape === 'id on the root only, which comes later' ? {} : { workflow_id: workflow }
  const times = (from: number, to: number) => ({
    startTimeUnixNano: `${base + from}000000`,
    endTimeUnixNano: `${base + to}000000`,
  })
  const bytes = (text: string) => Buffer.from(text, 'hex')
  const span = (n: number, parent: number | null, name: string, from: number, to: number, values: object) => ({
    traceId: bytes(trace),
    spanId: bytes(id(n)),
    ...(parent === null ? {} : { parentSpanId: bytes(id(parent)) }),
    name,
    kind: 1,
    ...times(from, to),
    attributes: attributes({ ...everywhere, ...values }),
  })
  const root = {
    workflow_id: workflow,
    user_id: `user-${index % 50}`,
    session_id: `session-${index % 500}`,
    query: 'What is the weather in Lisbon, and is there news about a port strike there?',
    final_answer: 'Lisbon is 21 C and sunny. The news search found no strike.'.repeat(4),
    mode: 'STANDARD',
  }
  const calls = [0, 1, 2, 3].flatMap((k) => [
    span(2 + 2 * k, 1, 'chat gpt-4o-mini', 20 + 200 * k, 150 + 200 * k, {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
      'gen_ai.response.id': `chatcmpl-${round}-${index}-${k}`,
      'gen_ai.usage.input_tokens': 200 + k,
      'gen_ai.usage.output_tokens': 40 + k,
      'gen_ai.usage.cache_read.input_tokens': 64,
      'gen_ai.output.messages': JSON.stringify([
        {
          role: 'assistant',
          parts: [
            { type: 'tool_call', id: `call_${index}_${k}`, name: 'search', arguments: { q: 'Lisbon port strike' } },
          ],
        },
      ]),
      'server.address': 'api.example.com',
      'server.port': 443,
    }),
    span(3 + 2 * k, 1, 'execute_tool search', 150 + 200 * k, 210 + 200 * k, {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'search',
      'gen_ai.tool.call.id': `call_${index}_${k}`,
      'gen_ai.tool.type': 'function',
      'gen_ai.tool.call.arguments': '{"q":"Lisbon port strike"}',
      'gen_ai.tool.call.result':
        'No strike was reported in the last seven days in any of the sources that were asked. '.repeat(3),
      'http.request.method': 'GET',
      'url.full': 'https://search.example.com/v1/query?q=Lisbon+port+strike',
    }),
  ])
  return [
    span(0, null, 'workflow.run', 0, 1000, root),
    span(1, 0, 'invoke_agent trip_agent', 10, 990, {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.agent.name': 'trip_agent',
      'gen_ai.agent.description': 'Plans a trip, looks up the weather and the news, and answers in two sentences.',
    }),
    ...calls,
  ]
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
