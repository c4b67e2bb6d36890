import { expect, test } from 'vitest'
import type { Facts, Usage } from '../../../src/map/facts/facts.ts'
import { mostTracesOfId } from '../../../src/settle/call-ids/deduplicate-by-id.ts'
import { at, call, span, spanId, tool } from '../facts.ts'
import { rowsOf, settleTogether } from './together.ts'

const strong = 'chatcmpl-CaXq9ZkT3mWv0bJr7NhUe2LsYdFiG'
const weak = 'resp_bg1-8b683948'

function traceOf(n: number): string {
  return n.toString(16).padStart(32, '0')
}

/** The n-th span, in the trace of its number, with the usage of a call of 100 + 20 tokens. */
function callIn(trace: number, n: number, other: Partial<Usage> = {}, facts: Partial<Facts> = {}): Facts {
  return call(n, 0, { responseId: strong, ...other }, { trace: traceOf(trace), ...facts })
}

const agentIn = (trace: number) => span(90, 0, { trace: traceOf(trace), kind: 'agent', agent: 'main' })
const gateway = { origin: 'gateway' }
const places = (facts: readonly Facts[]) => rowsOf(facts).usage.map(({ place }) => place.trace)

test('a call that an app and its gateway report in two traces is a row of the app, with what the gateway states', () => {
  const facts = [agentIn(2), callIn(2, 3), callIn(1, 1, { trust: 10, statedCostNano: 42 }, gateway)]
  const { usage } = rowsOf(facts)
  expect(usage).toMatchObject([{ place: { trace: traceOf(2) }, prompt: 100, completion: 20, costNano: 42n }])
})

test('of two traces that are both no run, the more trusted report counts, then the earlier one, then the smaller id', () => {
  expect(places([callIn(1, 1, { trust: 10 }, gateway), callIn(2, 2)])).toEqual([traceOf(2)])
  expect(places([callIn(1, 2, {}, gateway), callIn(2, 1)])).toEqual([traceOf(2)])
  expect(places([callIn(1, 1), callIn(2, 1)])).toHaveLength(1)
})

test('a trace with a call and the tool that it asked for goes before a trace of calls alone', () => {
  const ran = span(5, 0, { trace: traceOf(2), kind: 'tool', tool: tool() })
  expect(places([callIn(1, 1, { trust: 40 }, gateway), callIn(2, 2), ran])).toEqual([traceOf(2)])
})

test('a trace that only repeats calls of others makes no rows and no share; with a row of its own it is a run', () => {
  const facts = [agentIn(2), callIn(2, 3), callIn(1, 1, { trust: 10 }, gateway)]
  const { trace, changes } = settleTogether(facts).get(traceOf(1))!
  expect([trace.isRun, trace.isRepetition, changes.shares]).toEqual([true, true, []])
  expect(Object.values(changes.rows).flatMap(({ added }) => added as unknown[])).toEqual([])
  const other = settleTogether([...facts, callIn(1, 4, { responseId: null }, gateway)]).get(traceOf(1))!
  expect([other.trace.isRepetition, other.changes.rows.usage.added.length]).toEqual([false, 1])
})

test('an id that says nothing leaves two calls, and so does one whose reports contradict each other', () => {
  const two = (first: Partial<Usage>, second: Partial<Usage> = {}, facts: Partial<Facts> = gateway) =>
    places([callIn(1, 1, first, facts), callIn(2, 2, { ...first, ...second })]).length
  expect(two({ responseId: 'chatcmpl-123' })).toBe(2)
  expect(two({ class: 'chat' }, { class: 'embedding' })).toBe(2)
  // with many drawn characters the counters of two instrumentations may differ, those of one may not
  expect(two({}, { prompt: 7, completion: 8 })).toBe(1)
  expect(two({}, { prompt: 7 }, {})).toBe(2)
  // with few the rest must agree
  expect(two({ responseId: weak })).toBe(1)
  expect(two({ responseId: weak }, { prompt: 7 })).toBe(1)
  expect(two({ responseId: weak }, { prompt: 7, completion: 8 })).toBe(2)
  expect(two({ responseId: weak }, { model: 'openai/gpt-4o-mini-2024-07-18' })).toBe(1)
  expect(two({ responseId: weak }, { model: 'claude-haiku-4-5' })).toBe(2)
  expect(two({ responseId: weak }, { model: null })).toBe(1)
  expect(two({ responseId: weak }, {}, { ...gateway, startNs: at(2 + 601) })).toBe(2)
  expect(two({ responseId: strong }, {}, { ...gateway, startNs: at(2 + 601) })).toBe(1)
})

test('a response that is fetched again and again is one call in its last state, in one trace or in several', () => {
  const states = [20, 900, 2000, 2000].map((completion, i) => ({ completion, n: i + 2 }))
  for (const traces of [
    [1, 1, 1, 1],
    [1, 2, 3, 4],
  ]) {
    const polls = states.map(({ completion, n }, i) => callIn(traces[i]!, n, { responseId: weak, completion }))
    expect(rowsOf([agentIn(1), ...polls]).usage).toMatchObject([{ prompt: 100, completion: 2000 }])
  }
})

test('the row of a run has the last state that another trace reports', () => {
  const facts = [agentIn(1), callIn(1, 2), callIn(2, 3, { completion: 900 }, gateway)]
  expect(rowsOf(facts).usage).toMatchObject([{ place: { trace: traceOf(1) }, completion: 900 }])
})

test('a tool run with a trusted id that a worker and the messages of its client report is one run', () => {
  const callId = 'call_9fKq2ZxT7mWv0bJr3NhUe8Ls'
  const asks = [{ callId, name: 'search', input: '{}' }]
  const answers = [{ callId, name: null, output: 'found', failed: false }]
  const client = (n: number, parts: Partial<Facts>) => span(n, 90, { trace: traceOf(1), kind: 'llm', asks, ...parts })
  const worker = span(5, 0, { trace: traceOf(2), kind: 'tool', spanKind: 2, tool: tool({ callId }) })
  const messages = [agentIn(1), client(2, {}), client(6, { answers })]
  expect(rowsOf(messages).tools).toMatchObject([{ source: 'messages', callId }])
  expect(rowsOf([...messages, worker]).tools).toMatchObject([{ source: 'messages', callId }])
  const own = span(3, 90, { trace: traceOf(1), kind: 'tool', tool: tool({ callId }) })
  const { tools } = rowsOf([...messages, own, worker])
  expect(tools).toMatchObject([{ source: 'span', place: { trace: traceOf(1) } }])
  expect(settleTogether([...messages, worker]).get(traceOf(2))!.changes.shares).toEqual([])
})

test('two tool spans of one trace with one id stay two, as the trace has decided', () => {
  const callId = 'call_9fKq2ZxT7mWv0bJr3NhUe8Ls'
  const ran = (trace: number, n: number) =>
    span(n, 0, { trace: traceOf(trace), kind: 'tool', tool: tool({ callId, name: `search ${n}` }) })
  expect(rowsOf([agentIn(1), ran(1, 2), ran(1, 3), ran(2, 4)]).tools.map(({ place }) => place.node)).toEqual([
    spanId(2),
    spanId(3),
  ])
})

test('an id that more traces mention than a call has reports says nothing in any of them', () => {
  const all = Array.from({ length: mostTracesOfId + 1 }, (_, i) => callIn(i + 1, 1))
  expect(places(all.slice(1))).toHaveLength(1)
  expect(places(all)).toHaveLength(mostTracesOfId + 1)
})

test('a call that two ids name joins both: a gateway gives a response an id of its own', () => {
  const other = 'chatcmpl-9f0c2d4e-7b1a-4c3d-8e5f-6a7b8c9d0e1f'
  const outer = callIn(2, 2, { trust: 10, responseId: other }, gateway)
  const inner = { ...callIn(2, 3, {}, gateway), parent: spanId(2) }
  expect(places([agentIn(1), callIn(1, 1, { responseId: other }), outer, inner])).toEqual([traceOf(1)])
  expect(places([agentIn(1), callIn(1, 1), outer, inner])).toEqual([traceOf(1)])
})
