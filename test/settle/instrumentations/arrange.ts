import type { LogRecord, Span } from '../../../src/decode/span.ts'
import { recordWith, spanEvent, spanWith } from '../../map/make.ts'
import type { Instrumentation, ModelCall, Sketch, ToolUse } from './sketch.ts'

/**
 * How two instrumentations of one run stand to each other. `nested`: the calls and tools of the second lie below those of
 * the first · `beside`: both report below the app's span · `record below`: the second reports log records that name the
 * first one's spans · `record beside`: log records that name the app's span · `records alone`: both report log records of
 * spans that a sampler dropped.
 */
export const arrangements = ['nested', 'beside', 'record below', 'record beside', 'records alone'] as const
export type Arrangement = (typeof arrangements)[number]

/** The run that two instrumentations report: the first call may ask for a tool, whose result the second has. */
export interface ReportedRun {
  readonly traceId: string
  readonly workflowId: string
  readonly calls: readonly [ModelCall, ModelCall]
  readonly tool: ToolUse | null
}

/** The spans and records of one trace. */
export interface Arranged {
  readonly spans: readonly Span[]
  readonly records: readonly LogRecord[]
}

const resource = { attributes: new Map([['service.name', 'shop']]), schemaUrl: '' }
const scopeOf = (name: string) => ({ name, version: '1', attributes: new Map(), schemaUrl: '' })
const begin = 1_795_000_000_000_000_000n

/** Milliseconds after the beginning of the run. */
type Interval = readonly [number, number]
const times = { run: [0, 10_000], first: [1000, 2000], tool: [3000, 4000], second: [5000, 6000] } as const
const callTimes = [times.first, times.second] as const

/** Builds the spans and records of one trace. */
class TraceBuilder {
  readonly spans: Span[] = []
  readonly records: LogRecord[] = []
  readonly #traceId: string

  constructor(traceId: string) {
    this.#traceId = traceId
  }

  /** Adds a span and returns its id. */
  add({ name, scope, kind, attributes, events = [] }: Sketch, parentSpanId: string, [from, to]: Interval): string {
    const spanId = (this.spans.length + 1).toString(16).padStart(16, '0')
    const span = spanWith(attributes, {
      traceId: this.#traceId,
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
    this.spans.push(span)
    return spanId
  }

  /** Adds spans, each below the one before, and returns the id of the last. */
  addNested(sketches: readonly Sketch[], parent: string, [from, to]: Interval): string {
    return sketches.reduce((above, sketch, i) => this.add(sketch, above, [from + i, to - i]), parent)
  }

  /** Adds a log record at this time, which names a span. */
  addRecord({ name, scope, attributes }: Sketch, spanId: string, atMs: number): void {
    const record = recordWith({
      traceId: this.#traceId,
      eventName: name,
      spanId,
      resource,
      scope: scopeOf(scope),
      attributes: new Map(Object.entries(attributes)),
      timeUnixNano: begin + BigInt(atMs) * 1_000_000n,
    })
    this.records.push(record)
  }
}

/** The spans and records of one run that two instrumentations report, in the order of their starts. */
export function arrange(
  run: ReportedRun,
  [first, second]: readonly [Instrumentation, Instrumentation],
  arrangement: Arrangement,
): Arranged {
  const trace = new TraceBuilder(run.traceId)
  const app = trace.add(rootOf(run), '', times.run)
  const around = [first, second].flatMap((one) => one.agent?.(run.calls) ?? [])
  if (arrangement === 'nested') {
    const agent = trace.addNested(around, app, [10, 9900])
    for (const [i, call] of run.calls.entries())
      trace.addNested([...first.call(call), ...second.call(call)], agent, callTimes[i]!)
    trace.addNested(toolSpans(run, first, second), agent, times.tool)
  } else if (arrangement === 'records alone') {
    for (const [i, call] of run.calls.entries()) {
      trace.addRecord(first.record!(call), dropped(i), callTimes[i]![1])
      if (second !== first) trace.addRecord(second.record!(call), dropped(i), callTimes[i]![1] + 5)
    }
  } else {
    const [above = app, ...below] = addReport(trace, run, first, { app, inside: 0 })
    if (arrangement === 'beside') addReport(trace, run, second, { app, inside: 5 })
    else
      for (const [i, call] of run.calls.entries())
        trace.addRecord(second.record!(call), arrangement === 'record below' ? below[i]! : above, callTimes[i]![1] - 1)
  }
  return trace
}

/**
 * A run that the first instrumentation reports, and each of its calls in a trace of its own, as a gateway reports it that
 * hears of no parent: the second instrumentation's spans, without those around them.
 */
export function arrangeApart(
  run: ReportedRun,
  [first, second]: readonly [Instrumentation, Instrumentation],
  otherTraces: readonly [string, string],
): Arranged {
  const trace = new TraceBuilder(run.traceId)
  const app = trace.add(rootOf(run), '', times.run)
  addReport(trace, run, first, { app, inside: 0 })
  const apart = run.calls.map((call, i) => {
    const other = new TraceBuilder(otherTraces[i]!)
    other.addNested(second.call(call), '', callTimes[i]!)
    return other
  })
  return { spans: [trace, ...apart].flatMap(({ spans }) => spans), records: [] }
}

function rootOf({ workflowId }: ReportedRun): Sketch {
  return { name: 'trip', scope: 'app', kind: 1, attributes: { workflow_id: workflowId } }
}

/** The id of the span of a call that a sampler dropped. */
function dropped(call: number): string {
  return `d${call}`.padEnd(16, '0')
}

function toolSpans({ tool }: ReportedRun, ...instrumentations: readonly Instrumentation[]): Sketch[] {
  return tool === null ? [] : instrumentations.flatMap((one) => one.tool?.(tool) ?? [])
}

/** Adds what one instrumentation reports, in spans that begin and end so many milliseconds inside the times of the run. */
function addReport(
  trace: TraceBuilder,
  run: ReportedRun,
  one: Instrumentation,
  { app, inside }: { readonly app: string; readonly inside: number },
): string[] {
  const within = ([from, to]: Interval): Interval => [from + inside, to - inside]
  const agent = trace.addNested(one.agent === undefined ? [] : [one.agent(run.calls)], app, within([10, 9900]))
  const spans = run.calls.map((call, i) => trace.addNested(one.call(call), agent, within(callTimes[i]!)))
  trace.addNested(toolSpans(run, one), agent, within(times.tool))
  return [agent, ...spans]
}
