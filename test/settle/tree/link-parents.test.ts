import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { newNode } from '../../../src/settle/model/new-node.ts'
import { emptyTrace, type Trace } from '../../../src/settle/model/trace.ts'
import { type Linked, linkParents } from '../../../src/settle/tree/link-parents.ts'
import { nodeOf, span, spanId, traceId } from '../facts.ts'

function link(trace: Trace, ...arrived: Facts[]): Linked {
  const nodes = arrived.map(newNode)
  for (const node of nodes) trace.nodes.set(node.facts.id, node)
  return linkParents(trace, nodes)
}

/** By span: its parent and its children. */
function edges(trace: Trace): Record<number, [parent: number, children: number[]]> {
  return Object.fromEntries(
    [...trace.nodes.values()].map(({ facts, parent, children }) => [
      Number(facts.id),
      [Number(parent?.facts.id ?? 0), children.map((child) => Number(child.facts.id))],
    ]),
  )
}

test('nodes are linked with the parents in their batch', () => {
  const trace = emptyTrace(traceId)
  expect(link(trace, span(2, 1), span(1, 0), span(3, 1))).toEqual({ joined: [], cycle: false })
  expect(edges(trace)).toEqual({ 1: [0, [2, 3]], 2: [1, []], 3: [1, []] })
  expect(trace.orphans.size).toBe(0)
})

test('a node waits for its parent, and is joined when that arrives', () => {
  const trace = emptyTrace(traceId)
  expect(link(trace, span(2, 1), span(3, 1)).joined).toEqual([])
  expect(trace.orphans.get(spanId(1))).toEqual([nodeOf(trace, 2), nodeOf(trace, 3)])
  expect(link(trace, span(1, 0)).joined).toEqual([nodeOf(trace, 2), nodeOf(trace, 3)])
  expect(edges(trace)[1]).toEqual([0, [2, 3]])
  expect(trace.orphans.size).toBe(0)
})

test('a root waits for no parent', () => {
  const trace = emptyTrace(traceId)
  link(trace, span(1, 0))
  expect([trace.orphans.size, nodeOf(trace, 1).onCycle]).toEqual([0, false])
})

test('all nodes on a cycle lose their parents, and those below the cycle keep theirs', () => {
  const trace = emptyTrace(traceId)
  link(trace, span(1, 3), span(2, 1), span(4, 2), span(5, 4), span(6, 1))
  expect(link(trace, span(3, 2)).cycle).toBe(true)
  expect(edges(trace)).toEqual({ 1: [0, [6]], 2: [0, [4]], 3: [0, []], 4: [2, [5]], 5: [4, []], 6: [1, []] })
  expect([1, 2, 3, 4].map((n) => nodeOf(trace, n).onCycle)).toEqual([true, true, true, false])
})

test('a span that names itself as its parent is a cycle of one', () => {
  const trace = emptyTrace(traceId)
  expect(link(trace, span(1, 1)).cycle).toBe(true)
  expect([edges(trace)[1], nodeOf(trace, 1).onCycle]).toEqual([[0, []], true])
})
