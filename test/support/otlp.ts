import { randomBytes } from 'node:crypto'
import type { OtlpRequest } from './recordings.ts'

/** A span as a test thinks of it; times in milliseconds since 1970. */
export interface SpanSketch {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
  /** Its status is an error with this message. */
  readonly error?: string
}

/** An OTLP/JSON request of one service and one scope. */
export function tracesRequest(spans: readonly SpanSketch[], service: string = 'test-agent'): OtlpRequest {
  const resource = { attributes: attributesOf({ 'service.name': service }) }
  const scopeSpans = [{ scope: { name: 'test' }, spans: spans.map(spanOf) }]
  return {
    signal: 'traces',
    format: 'json',
    body: Buffer.from(JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] })),
  }
}

export function newTraceId(): string {
  return randomBytes(16).toString('hex')
}

export function newSpanId(): string {
  return randomBytes(8).toString('hex')
}

/** A small finished run in one trace: a root that names its workflow, and one model call of 10 + 5 tokens below it. */
export function smallRun(workflowId: string, startMs: number = Date.now() - 1000): SpanSketch[] {
  const traceId = newTraceId()
  const root = newSpanId()
  return [
    {
      traceId,
      spanId: root,
      name: 'run',
      startMs,
      endMs: startMs + 500,
      attributes: { workflow_id: workflowId, query: 'q', final_answer: 'a' },
    },
    {
      traceId,
      spanId: newSpanId(),
      parentSpanId: root,
      name: 'llm.call',
      startMs: startMs + 100,
      endMs: startMs + 400,
      attributes: {
        'step.type': 'llm',
        provider: 'openai',
        model: 'gpt-4o-mini',
        prompt_tokens: 10,
        completion_tokens: 5,
      },
    },
  ]
}

function spanOf(span: SpanSketch): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId && { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: 1,
    startTimeUnixNano: nanoseconds(span.startMs),
    endTimeUnixNano: nanoseconds(span.endMs),
    attributes: attributesOf(span.attributes ?? {}),
    status: span.error === undefined ? {} : { code: 2, message: span.error },
  }
}

function attributesOf(values: Readonly<Record<string, string | number | boolean>>): object[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: anyValueOf(value) }))
}

function anyValueOf(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

function nanoseconds(milliseconds: number): string {
  return (BigInt(Math.trunc(milliseconds)) * 1_000_000n).toString()
}
