import { createHash } from 'node:crypto'
import { loadOracle, tracesRequest } from '../decode/oracle.ts'
import { stepsOf } from './steps.ts'

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

function traceOf(shape: Shape, index: number, round: string): object[] {
  const trace = shape === 'one trace of all spans' ? hex(`${round}trace`, 32) : hex(`${round}${index}`, 32)
  const base = 1_790_000_000_000 + index * 20
  const workflow = `wf-${round}-${shape === 'one trace of all spans' ? 0 : index}`
  const everywhere = shape === 'id on the root only, which comes later' ? {} : { workflow_id: workflow }
  const id = (n: number) => Buffer.from(hex(`${round} ${index} ${n}`, 16), 'hex')
  return stepsOf({ round, index, workflow }).map((step, n) => ({
    traceId: Buffer.from(trace, 'hex'),
    spanId: id(n),
    ...(step.parent === null ? {} : { parentSpanId: id(step.parent) }),
    name: step.name,
    kind: 1,
    startTimeUnixNano: `${base + step.from}000000`,
    endTimeUnixNano: `${base + step.to}000000`,
    attributes: attributes({ ...everywhere, ...step.attributes }),
  }))
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
