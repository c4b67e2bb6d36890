import type { EventFact, Facts, ToolRun, UnknownUsage, Usage } from '../../src/map/facts/facts.ts'
import type { Node } from '../../src/settle/model/node.ts'
import { emptyTrace, type Trace } from '../../src/settle/model/trace.ts'
import type { PriceLookup } from '../../src/settle/prices/prices.ts'
import { settle, type TraceChanges } from '../../src/settle/settle.ts'

/** The trace of all facts that name no other. */
export const traceId = '0af7651916cd43dd8448eb211c80319c'

/** A time in nanoseconds, so many seconds after a fixed one. */
export function at(seconds: number): bigint {
  return 1_790_000_000_000_000_000n + BigInt(Math.round(seconds * 1e9))
}

/** The span id with this number. */
export function spanId(n: number): string {
  return n.toString(16).padStart(16, '0')
}

/**
 * The facts of a span that starts `n` seconds after the fixed time and takes one second: a plain one unless `other` says
 * more. `parent` is the number of its parent, 0 for a root.
 */
export function span(n: number, parent: number, other: Partial<Facts> = {}): Facts {
  const startNs = other.startNs ?? at(n)
  return {
    source: 'span',
    trace: traceId,
    id: spanId(n),
    parent: parent === 0 ? '' : spanId(parent),
    remoteParent: false,
    startNs,
    endNs: startNs + 1_000_000_000n,
    open: false,
    attributeCount: 1,
    digest: String(n).padStart(64, '0'),
    name: `span ${n}`,
    kind: 'plain',
    dialect: '',
    spanKind: 1,
    origin: 'scope service',
    service: '',
    workflowId: null,
    agent: null,
    outcome: 'ok',
    error: null,
    run: null,
    endsWell: false,
    statements: {},
    usage: null,
    unknownUsage: null,
    unreadUsage: [],
    tool: null,
    asks: [],
    answers: [],
    events: [],
    ...other,
  }
}

/** The facts of a log record `n` seconds after the fixed time, which names the span `parent`. */
export function record(n: number, parent: number, other: Partial<Facts> = {}): Facts {
  const endNs = other.startNs ?? at(n)
  return span(n, parent, { source: 'record', id: spanId(n).repeat(2), spanKind: 0, endNs, ...other })
}

/** The usage of a call of 100 + 20 tokens. */
export function usage(other: Partial<Usage> = {}): Usage {
  return {
    role: 'call',
    class: 'chat',
    trust: 30,
    prompt: 100,
    completion: 20,
    cacheRead: null,
    cacheWrite: null,
    reasoning: null,
    responseId: null,
    provider: 'openai',
    model: 'gpt-4o-mini',
    responseModel: null,
    statedCostNano: null,
    cacheHit: false,
    elsewhere: false,
    cacheSemantics: 'as reported',
    ...other,
  }
}

/** A model call's span. */
export function call(n: number, parent: number, other: Partial<Usage> = {}, facts: Partial<Facts> = {}): Facts {
  return span(n, parent, { kind: 'llm', usage: usage(other), ...facts })
}

/** A model call that was answered, and whose usage is unknown. */
export function unknownCall(n: number, parent: number, facts: Partial<Facts> = {}): Facts {
  const unknownUsage: UnknownUsage = { class: 'chat', responseId: null, model: 'gpt-4o-mini' }
  return span(n, parent, { kind: 'llm', unknownUsage, ...facts })
}

/** A tool run of `search`. */
export function tool(other: Partial<ToolRun> = {}): ToolRun {
  return { name: 'search', callId: null, input: null, output: null, success: true, error: null, ...other }
}

/** An event at the start of the span `n`. */
export function event(type: string, n: number, other: Partial<EventFact> = {}): EventFact {
  return { type, message: `${type} happened`, payload: '{}', timeNs: at(n), ...other }
}

/** One nano-dollar for each token. */
export const price: PriceLookup = ({ prompt, completion }) => ({
  costNano: prompt + completion,
  provider: 'openai',
  source: 'own',
  parts: { input: prompt, output: completion },
})

/** A trace after facts have arrived in batches, with the changes of each batch. */
export function settled(...batches: readonly (readonly Facts[])[]): {
  readonly trace: Trace
  readonly changes: readonly TraceChanges[]
} {
  const trace = emptyTrace(batches[0]?.[0]?.trace ?? traceId)
  return { trace, changes: batches.map((batch) => settle(trace, batch, price)) }
}

/** The node of the span with this number. */
export function nodeOf(trace: Trace, n: number): Node {
  const node = trace.nodes.get(spanId(n)) ?? trace.nodes.get(spanId(n).repeat(2))
  if (node === undefined) throw new Error(`no span ${n} has arrived`)
  return node
}
