import { expect, test } from 'vitest'
import { changedTools, changedUsage, newNode, resetNode } from '../../../src/settle/model/new-node.ts'
import { classIndex, isBarrier, noUsageRank, waitsForParent } from '../../../src/settle/model/node.ts'
import { compareStart, sortByStart } from '../../../src/settle/model/time/sort-by-start.ts'
import { identityOfNode } from '../../../src/settle/model/trace.ts'
import { call, nodeOf, record, settled, span, tool } from '../facts.ts'

test('a new node knows nothing but its facts', () => {
  expect(newNode(span(1, 0))).toEqual({
    facts: span(1, 0),
    parent: null,
    children: [],
    onCycle: false,
    movesFrom: null,
    inherited: {
      workflow: null,
      agent: null,
      callAbove: null,
      usageAbove: null,
      toolAbove: null,
      timedAbove: null,
      activity: null,
      ranksAbove: [noUsageRank, noUsageRank, noUsageRank],
      hasTokensAbove: false,
      hasUnknownAbove: false,
    },
    usageState: {
      ranksBelow: [noUsageRank, noUsageRank, noUsageRank],
      hasSameCallBelow: false,
      tokensBelow: 0,
      responseId: null,
      trust: 0,
      duplicateOf: null,
      duplicates: null,
      counts: false,
      hasReportBeside: false,
    },
    toolState: {
      attemptGroup: null,
      attempt: 1,
      runInAttempt: 0,
      nextAttempt: null,
      ownedCalls: [],
      matchedCall: null,
      outerSpan: null,
      innerSpans: null,
      duplicateOf: null,
      duplicates: null,
      counterpart: null,
      argumentKey: null,
    },
    rows: null,
    contribution: null,
    identity: null,
  })
})

test('a reset node is like a new one, but for its rows and its contribution', () => {
  const run = { role: 'inside', run: 'r1', activity: 'a1', passesOn: false } as const
  const { trace } = settled([
    span(1, 0, { kind: 'agent', agent: 'anna', workflowId: 'wf' }),
    call(2, 1, { responseId: 'r' }, { kind: 'tool', tool: tool(), run }),
    call(3, 2, { responseId: 'r' }),
    span(4, 1, { kind: 'tool', tool: tool(), run }),
    span(5, 5),
  ])
  const untouched = (n: number) => {
    const { rows, contribution, facts } = nodeOf(trace, n)
    return { ...newNode(facts), rows, contribution }
  }
  for (const n of [2, 5]) identityOfNode(trace, nodeOf(trace, n))
  for (const part of ['inherited', 'usageState', 'toolState', 'parent', 'children', 'identity'] as const)
    expect(nodeOf(trace, 2)[part]).not.toEqual(untouched(2)[part])
  expect(nodeOf(trace, 5).onCycle).toBe(true)
  for (const n of [2, 5]) {
    const expected = untouched(n)
    expect([expected.rows, expected.contribution]).not.toContain(null)
    resetNode(nodeOf(trace, n))
    expect(nodeOf(trace, n)).toEqual(expected)
  }
})

test('each usage class has a rank of its own', () => {
  expect(classIndex).toEqual({ chat: 0, embedding: 1, rerank: 2 })
})

test('nodes do not share what is written on them', () => {
  const [a, b] = [newNode(span(1, 0)), newNode(span(2, 0))]
  expect(() => a.children.push(b)).toThrow(TypeError)
  expect(() => a.toolState.ownedCalls.push({ id: 'c' } as never)).toThrow(TypeError)
  changedUsage(a).tokensBelow = 1
  changedUsage(a).counts = true
  changedTools(a).attempt = 2
  expect(a).toMatchObject({ usageState: { tokensBelow: 1, counts: true }, toolState: { attempt: 2 } })
  expect([b.usageState, b.toolState]).toEqual([newNode(span(3, 0)).usageState, newNode(span(3, 0)).toolState])
  expect([b.usageState.tokensBelow, b.toolState.attempt]).toEqual([0, 1])
})

test('a node waits for a parent that it names and that has not arrived, unless it was on a cycle', () => {
  const { trace } = settled([span(1, 0, { kind: 'task' }), span(2, 1), span(3, 9), span(5, 6), span(6, 5)])
  expect([1, 2, 3, 5, 6].map((n) => waitsForParent(nodeOf(trace, n)))).toEqual([false, false, true, false, false])
})

test('tool, agent, workflow and task spans are barriers between calls; calls, plain spans and records are not', () => {
  const barriers = (['tool', 'agent', 'workflow', 'task'] as const).map((kind) =>
    isBarrier(newNode(span(1, 0, { kind }))),
  )
  expect(barriers).toEqual([true, true, true, true])
  const others = (['llm', 'embedding', 'rerank', 'plain'] as const).map((kind) =>
    isBarrier(newNode(span(1, 0, { kind }))),
  )
  expect(others).toEqual([false, false, false, false])
  expect(isBarrier(newNode(record(1, 0, { kind: 'tool' })))).toBe(false)
})

test('nodes are in the order of their starts, those of one moment in the order of their ids', () => {
  const nodes = [span(3, 0), span(2, 0, { startNs: 5n }), span(1, 0, { startNs: 5n })].map(newNode)
  expect(sortByStart(nodes).map(({ facts }) => Number(facts.id))).toEqual([1, 2, 3])
  expect(nodes.map(({ facts }) => Number(facts.id))).toEqual([3, 2, 1])
  expect(compareStart(nodes[0]!, nodes[0]!)).toBe(0)
})
