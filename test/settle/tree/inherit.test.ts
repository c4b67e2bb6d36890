import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { newNode } from '../../../src/settle/model/new-node.ts'
import { emptyTrace, type Trace } from '../../../src/settle/model/trace.ts'
import { inherit } from '../../../src/settle/tree/inherit.ts'
import { linkParents } from '../../../src/settle/tree/link-parents.ts'
import { call, nodeOf, record, span, tool, traceId, usage } from '../facts.ts'

/** A trace after the pass down the tree for each batch; what the last pass has visited, and where usages above changed. */
function inherited(...batches: Facts[][]): { trace: Trace; visited: number[]; changedAbove: number[] } {
  const trace = emptyTrace(traceId)
  const numbers = (set: ReadonlySet<{ facts: Facts }>) => [...set].map(({ facts }) => Number(facts.id)).sort()
  let result = { visited: [] as number[], changedAbove: [] as number[] }
  for (const batch of batches) {
    const nodes = batch.map(newNode)
    for (const node of nodes) trace.nodes.set(node.facts.id, node)
    const { joined } = linkParents(trace, nodes)
    const { visited, changedAbove } = inherit(trace, new Set(nodes), joined)
    result = { visited: numbers(visited), changedAbove: numbers(changedAbove) }
  }
  return { trace, ...result }
}

const aggregate = (n: number, parent: number, other: Partial<Facts> = {}) =>
  span(n, parent, { usage: usage({ role: 'aggregate' }), ...other })

describe('a node inherits', () => {
  test('the workflow and the agent of the nearest ancestor that has one', () => {
    const { trace } = inherited([
      span(1, 0, { workflowId: 'wf-1', agent: 'anna' }),
      span(2, 1, { agent: 'bert' }),
      span(3, 2),
      span(4, 3, { workflowId: 'wf-2' }),
    ])
    const of = (n: number) => [nodeOf(trace, n).inherited.workflow, nodeOf(trace, n).inherited.agent]
    expect([of(2), of(3), of(4)]).toEqual([
      ['wf-1', 'bert'],
      ['wf-1', 'bert'],
      ['wf-2', 'bert'],
    ])
  })

  test('the nearest call above, but none from beyond a tool, agent, workflow or task span', () => {
    const { trace } = inherited([
      call(1, 0),
      span(2, 1),
      call(3, 2),
      span(4, 3, { kind: 'tool', tool: tool() }),
      span(5, 4),
    ])
    expect([2, 3, 4, 5].map((n) => nodeOf(trace, n).inherited.callAbove?.facts.id.at(-1))).toEqual([
      '1',
      '1',
      '3',
      undefined,
    ])
    expect(nodeOf(trace, 1).inherited.callAbove).toBeNull()
  })

  test('the nearest other usage above, also from beyond calls and agents', () => {
    const { trace } = inherited([
      aggregate(1, 0),
      span(2, 1, { kind: 'agent' }),
      call(3, 2),
      span(4, 3, { usage: usage({ role: 'copy' }) }),
      span(5, 4),
    ])
    expect([2, 3, 4, 5].map((n) => Number(nodeOf(trace, n).inherited.usageAbove?.facts.id))).toEqual([1, 1, 1, 1])
  })

  test('the nearest tool run above, but none from beyond an agent, a usage or a model call', () => {
    const toolRun = (n: number, parent: number) => span(n, parent, { kind: 'tool', tool: tool() })
    const { trace } = inherited([
      toolRun(1, 0),
      span(2, 1),
      toolRun(3, 2),
      span(4, 1, { kind: 'agent' }),
      span(5, 4),
      call(6, 1),
      span(7, 6),
      span(8, 1, { kind: 'llm' }),
      span(9, 8),
    ])
    const above = (n: number) => Number(nodeOf(trace, n).inherited.toolAbove?.facts.id ?? 0)
    expect([2, 3, 4, 5, 6, 7, 8, 9].map(above)).toEqual([1, 1, 1, 0, 1, 0, 1, 0])
  })

  test('the attempt at an activity, up to the next part of a durable run', () => {
    const run = { role: 'inside', run: 'r1', activity: 'a1', passesOn: false } as const
    const { trace } = inherited([
      span(1, 0, { run }),
      span(2, 1),
      span(3, 2, { run: { ...run, activity: null } }),
      span(4, 3),
    ])
    expect([1, 2, 3, 4].map((n) => Number(nodeOf(trace, n).inherited.activity?.facts.id ?? 0))).toEqual([1, 1, 0, 0])
  })

  test('the best rank of the other usages above, for each class', () => {
    const { trace } = inherited([
      span(1, 0, { usage: usage({ role: 'partial' }) }),
      aggregate(2, 1),
      span(3, 2, { usage: usage({ role: 'estimate' }) }),
      span(4, 3, { usage: usage({ role: 'lifetime', class: 'embedding' }) }),
      call(5, 4),
      span(6, 5),
    ])
    expect([1, 2, 3, 4, 5, 6].map((n) => nodeOf(trace, n).inherited.ranksAbove)).toEqual([
      [9, 9, 9],
      [5, 9, 9],
      [3, 9, 9],
      [3, 9, 9],
      [3, 6, 9],
      [3, 6, 9],
    ])
  })
})

test('nodes without a workflow are known, and no longer once they inherit one', () => {
  const first = inherited([span(2, 1), span(3, 2)])
  expect(first.trace.withoutWorkflow.size).toBe(2)
  const { trace } = inherited([span(2, 1), span(3, 2)], [span(1, 0, { workflowId: 'wf' })])
  expect(trace.withoutWorkflow.size).toBe(0)
  expect(nodeOf(trace, 3).inherited.workflow).toBe('wf')
})

describe('the pass down the tree', () => {
  test('visits arrived and joined nodes, and goes on below them only while something changes', () => {
    const below = [span(2, 1), span(3, 2, { workflowId: 'wf', agent: 'anna' }), span(4, 3), record(5, 4)]
    expect(inherited(below, [span(1, 0)]).visited).toEqual([1, 2])
    expect(inherited(below, [span(1, 0, { agent: 'bert' })]).visited).toEqual([1, 2, 3])
    expect(inherited(below, [call(1, 0)]).visited).toEqual([1, 2, 3, 4, Number(record(5, 4).id)])
  })

  test('names the nodes whose usages above changed, also where a call far above has a new call above itself', () => {
    const below = [call(2, 1), span(3, 2), call(4, 3)]
    expect(inherited(below, [span(1, 0, { agent: 'bert' })]).changedAbove).toEqual([])
    expect(inherited(below, [call(1, 0)]).changedAbove).toEqual([2, 3, 4])
    expect(inherited(below, [aggregate(1, 0)]).changedAbove).toEqual([2, 3, 4])
  })
})

describe('the pass down a line', () => {
  test('visits every arrived node, also one that arrives after its parent', () => {
    expect(inherited([span(1, 0), span(2, 1), span(3, 2)]).visited).toEqual([1, 2, 3])
    const { trace, visited } = inherited([span(1, 0, { workflowId: 'wf' })], [span(2, 1)])
    expect([visited, nodeOf(trace, 2).inherited.workflow]).toEqual([[2], 'wf'])
  })

  test('visits parents before their children, whatever their order in the batch', () => {
    const trace = emptyTrace(traceId)
    const nodes = [span(3, 2), span(2, 1), span(1, 0)].map(newNode)
    for (const node of nodes) trace.nodes.set(node.facts.id, node)
    const { joined } = linkParents(trace, nodes)
    const { visited } = inherit(trace, new Set(nodes), joined)
    expect([...visited].map(({ facts }) => Number(facts.id))).toEqual([1, 2, 3])
  })

  test.each(['chat', 'embedding', 'rerank'] as const)(
    'names the nodes with a better rank of class %s above',
    (name) => {
      const below = [span(2, 1, { usage: usage({ role: 'partial', class: name }) }), call(3, 2, { class: name })]
      expect(
        inherited(below, [aggregate(1, 0, { usage: usage({ role: 'aggregate', class: name }) })]).changedAbove,
      ).toEqual([2, 3])
      expect(
        inherited(below, [aggregate(1, 0, { usage: usage({ role: 'estimate', class: name }) })]).changedAbove,
      ).toContain(2)
    },
  )
})
