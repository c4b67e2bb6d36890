import { canonicalDigest } from '../../../src/decode/digest.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapRecord } from '../../../src/map/record.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { recordWith, spanEvent, spanWith } from '../../map/make.ts'
import type { Instrumentation, ModelCall, Sketch, ToolUse } from './sketch.ts'

const weather: ToolUse = { id: 'call_one', name: 'get_weather', args: { city: 'Lisbon' }, result: '21 C and sunny' }

/** The two calls of a run: the first asks for a tool, the second answers with its result. */
export const calls: readonly [ModelCall, ModelCall] = [
  { id: 'chatcmpl-Ab1', prompt: 211, completion: 37, cached: 0, reasoning: 0, history: null, asks: weather },
  { id: 'chatcmpl-Ab2', prompt: 307, completion: 29, cached: 128, reasoning: 13, history: weather, asks: null },
]

/**
 * How two instrumentations of one run stand to each other. `nested`: the calls and tools of the second lie below those of
 * the first · `beside`: both report below the app's span · `record below`: the second reports log records that name the
 * first one's spans · `record beside`: log records that name the app's span.
 */
export const arrangements = ['nested', 'beside', 'record below', 'record beside'] as const
export type Arrangement = (typeof arrangements)[number]

const options = { tenant: '', digest: canonicalDigest }
const resource = { attributes: new Map([['service.name', 'shop']]), schemaUrl: '' }
const scopeOf = (name: string) => ({ name, version: '1', attributes: new Map(), schemaUrl: '' })
const begin = 1_795_000_000_000_000_000n

/** Milliseconds after the beginning of the run. */
type Interval = readonly [number, number]
const times = { run: [0, 10_000], first: [1000, 2000], tool: [3000, 4000], second: [5000, 6000] } as const
const callTimes = [times.first, times.second] as const

/** Builds the spans and records of one trace. */
class TraceBuilder {
  readonly facts: Facts[] = []
  #ids = 0

  /** Adds a span and returns its id. */
  span({ name, scope, kind, attributes, events = [] }: Sketch, parentSpanId: string, [from, to]: Interval): string {
    const spanId = (++this.#ids).toString(16).padStart(16, '0')
    const span = spanWith(attributes, {
      spanId,
      parentSpanId,
      name,
      kind,
      resource,
      scope: scopeOf(scope),
      startTimeUnixNano: begin + BigInt(from) * 1_000_000n,
      endTimeUnixNano: begin + BigInt(to) * 1_000_000n,
      events: events.map(([event, values]) => spanEvent(event, values)),
    })
    this.facts.push(mapSpan(span, options))
    return spanId
  }

  /** Adds spans, each below the one before, and returns the id of the last. */
  nested(sketches: readonly Sketch[], parent: string, [from, to]: Interval): string {
    return sketches.reduce((above, sketch, i) => this.span(sketch, above, [from + i, to - i]), parent)
  }

  /** Adds a log record at this time, which names a span. */
  record({ name, scope, attributes }: Sketch, spanId: string, atMs: number): void {
    const record = recordWith({
      eventName: name,
      spanId,
      resource,
      scope: scopeOf(scope),
      attributes: new Map(Object.entries(attributes)),
      timeUnixNano: begin + BigInt(atMs) * 1_000_000n,
    })
    this.facts.push(mapRecord(record, options))
  }

  /** Adds the app's own span, which names the run. */
  app(): string {
    return this.span({ name: 'trip', scope: 'app', kind: 1, attributes: { workflow_id: 'wf' } }, '', times.run)
  }
}

/** The spans and records of one run that two instrumentations report, in the order of their starts. */
export function arrange(first: Instrumentation, second: Instrumentation, arrangement: Arrangement): Facts[] {
  const trace = new TraceBuilder()
  const app = trace.app()
  const around = [first, second].flatMap((one) => one.agent?.(calls) ?? [])
  if (arrangement === 'nested') {
    const agent = trace.nested(around, app, [10, 9900])
    for (const [i, call] of calls.entries())
      trace.nested([...first.call(call), ...second.call(call)], agent, callTimes[i]!)
    trace.nested(toolsOf(first, second), agent, times.tool)
  } else {
    const [above = app, ...below] = reportOf(trace, first, app, 0)
    if (arrangement === 'beside') reportOf(trace, second, app, 5)
    else
      for (const [i, call] of calls.entries())
        trace.record(second.record!(call), arrangement === 'record below' ? below[i]! : above, callTimes[i]![1] - 1)
  }
  return trace.facts
}

function toolsOf(...instrumentations: readonly Instrumentation[]): Sketch[] {
  return instrumentations.flatMap((one) => one.tool?.(weather) ?? [])
}

/** Adds what one instrumentation reports; its spans are shorter by so many milliseconds. Returns the ids: the agent, the calls. */
function reportOf(trace: TraceBuilder, one: Instrumentation, app: string, inside: number): string[] {
  const within = ([from, to]: Interval): Interval => [from + inside, to - inside]
  const agent = trace.nested(one.agent === undefined ? [] : [one.agent(calls)], app, within([10, 9900]))
  const spans = calls.map((call, i) => trace.nested(one.call(call), agent, within(callTimes[i]!)))
  trace.nested(toolsOf(one), agent, within(times.tool))
  return [agent, ...spans]
}
