import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import type { Node } from '../../../src/settle/model/node.ts'
import { emptyTrace, isEntry } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { nodeKey } from '../../../src/settle/share/sort-keys.ts'
import { SmallSet } from '../../../src/settle/small/small-set.ts'
import { entryStateOf } from '../../../src/settle/workflow/entry-state.ts'
import { taskRow } from '../../../src/settle/workflow/task-row.ts'
import { mapper } from '../../map/dialects/scoped.ts'
import { noPrice } from '../../support/prices.ts'
import { at, call, record, settled, span, spanId, traceId } from '../facts.ts'

const map = mapper('gcp.vertex.agent')
const failed = { status: { code: 2, message: 'it broke' } } as const
const id = (n: number): string => n.toString(16).padStart(16, '0')

const run = map('invoke_workflow planner', {}, { spanId: id(1), parentSpanId: '' })
const agent = (n: number, parent: number, other: object = {}): Facts =>
  map(`invoke_agent a${n}`, {}, { spanId: id(n), parentSpanId: id(parent), startTimeUnixNano: BigInt(n), ...other })
const step = (n: number, parent: number, name: string): Facts =>
  map(name, {}, { spanId: id(n), parentSpanId: id(parent) })

function taskOf(...facts: Facts[]) {
  const [share] = settle(emptyTrace(run.trace), facts, noPrice).shares
  const { status, error } = taskRow(share!.workflow, share!.after)
  return [status, error]
}

test('a span that never fails itself takes the outcome of the agent below it, in any order of arrival', () => {
  expect(taskOf(run, agent(2, 1, failed))).toEqual(['FAILED', 'it broke'])
  expect(taskOf(agent(3, 2, failed), run, step(2, 1, 'invoke_node'))).toEqual(['FAILED', 'it broke'])
  expect(taskOf(run, agent(2, 1))).toEqual(['COMPLETED', null])
})

test('of several agents below, the last one decides the outcome', () => {
  expect(taskOf(run, agent(2, 1, failed), agent(3, 1))).toEqual(['COMPLETED', null])
  expect(taskOf(run, agent(2, 1), agent(3, 1, failed))).toEqual(['FAILED', 'it broke'])
})

test('an agent below a tool does not decide the outcome', () => {
  expect(taskOf(run, agent(2, 1), step(3, 2, 'execute_tool ask'), agent(4, 3, failed))).toEqual(['COMPLETED', null])
})

describe('the state of the entries', () => {
  const wf = { workflowId: 'wf' }

  function stateOf(...facts: Facts[]) {
    const { trace } = settled(facts)
    const entries = new SmallSet<Node>()
    for (const node of trace.nodes.values()) if (isEntry(trace, node)) entries.add(node)
    return entryStateOf(trace, { entries, rankedEntries: null })
  }

  test('is that of the best kind, whatever the order', () => {
    const facts = [
      span(1, 0, { ...wf, kind: 'agent' }),
      span(2, 0, { ...wf, kind: 'task' }),
      span(3, 0, { ...wf, kind: 'llm' }),
    ]
    for (const order of [facts, facts.toReversed()])
      expect(stateOf(...order)).toMatchObject({ kind: 1, last: { node: nodeKey(spanId(2), traceId) } })
  })

  test('is decided by the entry that started last, and ends with the one that ended last', () => {
    const first = span(1, 0, { ...wf, endNs: at(9), outcome: 'error', error: 'it broke' })
    expect(stateOf(first, span(2, 0, wf))).toMatchObject({
      endNs: at(9),
      open: 0,
      last: { outcome: 'ok', error: null },
    })
  })

  test('counts the entries that have not ended, or wait for a parent in their own process', () => {
    const facts = [
      span(1, 0, { ...wf, open: true }),
      span(2, 9, wf),
      span(3, 9, { ...wf, remoteParent: true }),
      span(5, 9, wf),
      span(4, 0, wf),
    ]
    expect(stateOf(...facts)).toMatchObject({ open: 3 })
  })

  test('does not exist without an entry', () => {
    expect(stateOf(record(1, 0, wf))).toBeNull()
  })

  test('takes the outcome of an agent at most four spans below, of the same task', () => {
    const entry = span(1, 0, { ...wf, kind: 'workflow', endsWell: true })
    const failed = { kind: 'agent', outcome: 'error', error: 'it broke' } as const
    const steps = (n: number) => Array.from({ length: n }, (_, i) => span(i + 2, i + 1, { kind: 'task' }))
    const outcome = (...facts: Facts[]) => stateOf(entry, ...facts)!.last.outcome
    expect(outcome(...steps(3), span(9, 4, failed))).toBe('error')
    expect(outcome(...steps(4), span(9, 5, failed))).toBe('ok')
    expect(outcome(span(9, 1, { ...failed, workflowId: 'other' }))).toBe('ok')
    expect(outcome(call(2, 1), span(9, 2, failed))).toBe('ok')
    expect(outcome(span(2, 1, { kind: 'tool' }), span(9, 2, failed))).toBe('ok')
  })

  test('keeps its own outcome where it failed itself, or where its dialect lets it fail', () => {
    const agent = (outcome: Facts['outcome']) => span(2, 1, { kind: 'agent', outcome })
    const entry = (other: Partial<Facts>) => span(1, 0, { ...wf, kind: 'workflow', ...other })
    expect(stateOf(entry({ endsWell: true, outcome: 'error' }), agent('ok'))!.last.outcome).toBe('error')
    expect(stateOf(entry({}), agent('error'))!.last.outcome).toBe('ok')
  })
})
