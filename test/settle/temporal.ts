import type { AnyValue, Span } from '../../src/decode/span.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { mapSpan } from '../../src/map/span.ts'
import type { EventRow, ToolRow, UsageRow } from '../../src/settle/model/rows.ts'
import { emptyTrace } from '../../src/settle/model/trace.ts'
import { settle } from '../../src/settle/settle.ts'
import { foldShares } from '../../src/settle/share/fold-shares.ts'
import type { Share } from '../../src/settle/share/share.ts'
import { noShare } from '../../src/settle/share/share.ts'
import type { BilledReport } from '../../src/settle/workflow/deduplicate-across-traces.ts'
import { billReports } from '../../src/settle/workflow/deduplicate-across-traces.ts'
import { changesOfReports, shareOfReports, withBilled } from '../../src/settle/workflow/report-changes.ts'
import type { TaskRow } from '../../src/settle/workflow/task-row.ts'
import { taskRow } from '../../src/settle/workflow/task-row.ts'
import { options, spanEvent, spanWith } from '../map/make.ts'
import { noPrice } from '../support/prices.ts'

const epochNs = 1_790_000_000_000_000_000n
export const at = (ms: number): bigint => epochNs + BigInt(Math.round(ms * 1e6))

export interface SpanSketch {
  /** In milliseconds; one number for a span that takes no time. */
  readonly at: number | readonly [start: number, end: number]
  readonly id: number
  /** The id of the parent; none for a root. */
  readonly under?: number
  readonly trace?: number
  readonly attributes?: Readonly<Record<string, AnyValue>>
  /** The type, message and stack trace of its exception; its status is an error unless `status` says otherwise. */
  readonly failed?: readonly [type: string, message: string, stacktrace?: string]
  readonly status?: 0 | 1 | 2
}

/** Makes spans of one scope, as the interceptor of an SDK or the code of an app does. */
export function spansOfScope(scope: string): (name: string, sketch: SpanSketch) => Facts {
  return (name, { at: time, id, under, trace = 1, attributes = {}, failed, status }) => {
    const [start, end] = typeof time === 'number' ? [time, time] : time
    const [type, message, stacktrace = ''] = failed ?? ['', '']
    const exception = { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stacktrace }
    const span: Partial<Span> = {
      name,
      scope: { name: scope, version: '', attributes: new Map(), schemaUrl: '' },
      traceId: hex(trace, 32),
      spanId: hex(id, 16),
      parentSpanId: under === undefined ? '' : hex(under, 16),
      startTimeUnixNano: at(start),
      endTimeUnixNano: at(end),
      events: failed === undefined ? [] : [spanEvent('exception', exception)],
      status: { code: status ?? (failed === undefined ? 0 : 2), message: '' },
    }
    return mapSpan(spanWith(attributes, span), options)
  }
}

function hex(n: number, digits: number): string {
  return n.toString(16).padStart(digits, '0')
}

const app = spansOfScope('trip-agent')

export const chat = (sketch: SpanSketch & { readonly agent?: string }): Facts =>
  app('chat gpt-4o-mini', {
    ...sketch,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.agent.name': sketch.agent ?? 'trip',
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
    },
  })

export const tool = (name: string, sketch: SpanSketch): Facts =>
  app(`execute_tool ${name}`, {
    ...sketch,
    attributes: {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': name,
      'gen_ai.tool.call.arguments': '{"to":"Lisbon"}',
    },
  })

export interface Ledger {
  readonly tasks: ReadonlyMap<string, TaskRow>
  readonly tools: readonly ToolRow[]
  readonly usage: readonly UsageRow[]
  readonly events: readonly EventRow[]
}

/** The rows after these spans have arrived one by one, in this order. */
export function ledgerOf(spans: readonly Facts[]): Ledger {
  const traces = new Map([...new Set(spans.map(({ trace }) => trace))].map((id) => [id, emptyTrace(id)]))
  const shares = new Map<string, Map<string, Share>>()
  for (const facts of spans) {
    const trace = traces.get(facts.trace)!
    for (const { workflow, after } of settle(trace, [facts], noPrice).shares)
      shares.set(workflow, (shares.get(workflow) ?? new Map<string, Share>()).set(trace.id, after))
  }
  const rows = [...traces.values()].flatMap(({ nodes }) => [...nodes.values()]).flatMap((node) => node.rows ?? [])
  const settled = new Map<string, BilledReport>()
  for (const [workflow, parts] of shares) {
    const reports = rows.flatMap(({ place, report }) => (place.workflow === workflow ? (report ?? []) : []))
    const billed = billReports(reports, noPrice)
    for (const one of billed) settled.set(one.report.id, one)
    parts.set('reports', shareOfReports(noShare, changesOfReports([], billed, new Set())))
  }
  const tasks = [...shares].map(([id, parts]) => [id, foldShares(parts.values())] as const)
  const whole = rows.map((one) => withBilled(one, settled.get(one.report?.id ?? '')))
  return {
    tasks: new Map(tasks.filter(([, { nodes }]) => nodes > 0).map(([id, share]) => [id, taskRow(id, share)])),
    tools: whole.flatMap(({ tools }) => tools).sort((a, b) => Number(a.endNs - b.endNs)),
    usage: whole.flatMap(({ usage }) => usage ?? []),
    events: whole.flatMap(({ events }) => events),
  }
}
