import { describe, expect, test } from 'vitest'
import type { Facts } from '../../src/map/facts/facts.ts'
import { isRecognised } from '../../src/settle/is-run.ts'
import { at, call, event, nodeOf, record, settled, span, tool } from './facts.ts'

const note = { events: [event('note', 1)] }

describe('a trace in which nothing is recognised', () => {
  test('is remembered without rows, and its spans are unrelated', () => {
    const facts = [span(1, 0, note), span(2, 1)]
    const { trace, changes } = settled(facts)
    expect(changes[0]).toMatchObject({ outcomes: ['unrelated', 'unrelated'], remembered: facts, shares: [] })
    expect([trace.isRun, changes[0]!.rows.events.added]).toEqual([false, []])
  })

  test('becomes a run with its first recognised span, and then all its spans have rows', () => {
    const { changes } = settled([span(1, 0, note)], [span(2, 1, { kind: 'agent' })])
    expect(changes[1]).toMatchObject({ outcomes: ['committed'], shares: [{ after: { nodes: 2 } }] })
    expect(changes[1]!.rows.events.added).toHaveLength(1)
  })

  test('becomes a run with a workflow id, or with a record', () => {
    expect(settled([span(1, 0, { workflowId: 'wf' })]).trace.isRun).toBe(true)
    expect(settled([span(1, 0), record(2, 1, { kind: 'llm' })]).trace.isRun).toBe(true)
    expect([
      isRecognised(span(1, 0)),
      isRecognised(span(1, 0, { kind: 'tool' })),
      isRecognised(span(1, 0, { workflowId: 'wf' })),
    ]).toEqual([false, true, true])
  })
})

describe('a better version of a span', () => {
  const version = (other: Partial<Facts>) => span(1, 0, { endNs: at(9), digest: '9'.repeat(64), ...other })

  test('that is not recognised any more takes all rows and shares back', () => {
    const { trace, changes } = settled([call(1, 0, {}, note), span(2, 1, note)], [version({})])
    expect(changes[1]!.rows).toMatchObject({
      usage: { removed: changes[0]!.rows.usage.added },
      events: { removed: changes[0]!.rows.events.added },
    })
    expect(changes[1]).toMatchObject({ outcomes: ['unrelated'], shares: [{ after: { nodes: 0 } }] })
    expect([trace.isRun, trace.shares.size, nodeOf(trace, 2).rows]).toEqual([false, 0, null])
  })

  test('after which another span is recognised leaves the trace a run', () => {
    const { trace } = settled([call(1, 0), span(2, 1, { kind: 'agent' })], [version({})])
    expect(trace.isRun).toBe(true)
  })

  test('that makes a plain trace a run gives it rows', () => {
    const { changes } = settled([span(1, 0)], [version({ kind: 'agent' })])
    expect(changes[1]!.rows.agents.added).toHaveLength(1)
  })

  test('is written again with its events, and its former parent loses its tokens', () => {
    const { trace, changes } = settled(
      [span(3, 0, { kind: 'agent' }), call(1, 3, {}, note)],
      [version({ kind: 'llm', events: note.events })],
    )
    expect(changes[1]!.remembered).toEqual([version({ kind: 'llm', events: note.events })])
    expect(changes[1]!.rows.events).toMatchObject({
      added: [{ fact: note.events[0] }],
      removed: [{ fact: note.events[0] }],
    })
    expect(nodeOf(trace, 3).usageState.tokensBelow).toBe(0)
  })
})

test('spans on a cycle are derived again without it', () => {
  const { trace, changes } = settled([span(1, 2, { kind: 'agent' }), call(3, 1)], [span(2, 3)])
  expect([1, 2, 3].map((n) => nodeOf(trace, n).parent)).toEqual([null, null, null])
  expect(nodeOf(trace, 1).usageState.tokensBelow).toBe(0)
  expect(changes[1]!.rows.agents).toMatchObject({ added: [{ tokens: 0 }], removed: [{ tokens: 120 }] })
})

test('after a replacement all edges and indexes are made again, once', () => {
  const named = { workflowId: 'a', kind: 'task' } as const
  const better = { endNs: at(9), digest: '9'.repeat(64) }
  const { trace } = settled(
    [span(1, 0, named), call(2, 1), span(3, 8, { workflowId: 'b' }), span(4, 8)],
    [span(1, 0, { kind: 'task', ...better })],
  )
  expect(nodeOf(trace, 1).children).toEqual([nodeOf(trace, 2)])
  expect([1, 2, 4].map((n) => nodeOf(trace, n).rows!.place.workflow)).toEqual(['b', 'b', 'b'])
  expect(trace.orphans.get(nodeOf(trace, 3).facts.parent)).toHaveLength(2)
})

test('a trace that was no run any more, and becomes one again, remembers nothing of before', () => {
  const plain = span(2, 1, { endNs: at(9), digest: '9'.repeat(64) })
  const { trace, changes } = settled([span(1, 0), call(2, 1)], [plain], [span(3, 1, { kind: 'agent' })])
  expect([changes[1], changes[2]]).toMatchObject([{ outcomes: ['unrelated'] }, { outcomes: ['committed'] }])
  const { children, usageState } = nodeOf(trace, 1)
  expect([children.length, usageState.tokensBelow, trace.callsByCounters.size]).toEqual([2, 0, 0])
})

test('a late parent gives its children their workflow, and their rows move', () => {
  const { changes } = settled([call(2, 1)], [span(1, 0, { workflowId: 'wf' })])
  expect(changes[1]!.rows.usage).toMatchObject({ added: [], removed: [], moved: [{ place: { workflow: 'wf' } }] })
  expect(changes[1]!.shares.map(({ after }) => after.nodes)).toEqual(expect.arrayContaining([0, 2]))
})

test('an earlier workflow id moves the nodes whose workflow the trace decides, and may make their children entries', () => {
  const { trace, changes } = settled(
    [span(2, 9, { kind: 'agent', startNs: at(5) }), span(3, 2, { workflowId: 'wf-3', startNs: at(6) })],
    [span(1, 0, { workflowId: 'wf-1', startNs: at(1) })],
  )
  expect(nodeOf(trace, 2).rows!.place.workflow).toBe('wf-1')
  const shares = new Map(changes[1]!.shares.map(({ workflow, after }) => [workflow, after]))
  expect([shares.get('wf-1')!.nodes, shares.get('wf-3')!.nodes]).toEqual([2, 1])
  expect(shares.get('wf-3')!.entry).not.toBeNull()
})

test('the first part of a durable run lets all nodes contribute their times', () => {
  const run = { role: 'inside', run: 'r1', activity: null, passesOn: false } as const
  const { changes } = settled([span(1, 0, { workflowId: 'wf', ...note })], [span(2, 1, { run })])
  expect(changes[0]!.shares[0]!.after.best.has('event')).toBe(false)
  expect(changes[1]!.shares[0]!.after.best.has('event')).toBe(true)
})

test('tokens of a subtree that joins late count for the agents above', () => {
  const { changes } = settled([call(3, 2)], [span(1, 0, { kind: 'agent' }), span(2, 1)])
  expect(changes[1]!.rows.agents.added).toMatchObject([{ tokens: 120 }])
})

test('a call that a later one covers is removed, and counts no more for the agent above', () => {
  const { changes } = settled([span(1, 0, { kind: 'agent' }), call(2, 1)], [call(3, 2)])
  expect(changes[1]!.rows.usage).toMatchObject({
    added: [{ place: { node: nodeId(3) } }],
    removed: [{ place: { node: nodeId(2) } }],
  })
  expect(changes[1]!.rows.agents).toEqual({ added: [], removed: [], moved: [], reassigned: [] })
})

test('a duplicate that arrives later is matched, and so are tool records', () => {
  const beside = call(2, 0, { trust: 40 }, { origin: 'other', startNs: at(1) })
  expect(settled([call(1, 0)], [beside]).changes[1]!.rows.usage).toMatchObject({
    added: [{ place: { node: nodeId(2) } }],
    removed: [{}],
  })
  const told = record(2, 1, { kind: 'tool', tool: tool({ output: 'found' }) })
  const { trace } = settled([span(1, 0, { kind: 'tool', tool: tool() })], [told])
  expect(nodeOf(trace, 1).rows!.tools).toMatchObject([{ output: 'found' }])
})

function nodeId(n: number): string {
  return span(n, 0).id
}
