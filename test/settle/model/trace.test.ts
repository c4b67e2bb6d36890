import { expect, test } from 'vitest'
import { identityOf } from '../../../src/settle/model/ids.ts'
import { clearIndexes, emptyTrace, identityOfNode, isEntry, workflowOf } from '../../../src/settle/model/trace.ts'
import { taskRow } from '../../../src/settle/workflow/task-row.ts'
import { at, call, nodeOf, record, settled, span, spanId, tool, traceId, unknownCall, usage } from '../facts.ts'
import { play } from '../play.ts'

const run = { role: 'inside', run: 'r1', activity: 'a1', passesOn: false } as const
const everything = [
  span(1, 9, { workflowId: 'wf-1', kind: 'tool', tool: tool({ name: 'outer' }), run, agent: 'anna' }),
  span(2, 1, { kind: 'tool', tool: tool({ callId: 'c1' }) }),
  call(10, 1, { responseId: 'p', role: 'poll' }),
  call(3, 1, { responseId: 'r' }, { asks: [{ callId: 'c1', name: 'search', input: null }] }),
  record(4, 2, { kind: 'tool', tool: tool() }),
  span(5, 8, { run: { ...run, role: 'end' } }),
  span(6, 1, { kind: 'agent', agent: 'bert' }),
  unknownCall(7, 1),
]

test('clearing the indexes leaves the nodes, the shares, what ids decide, and that the trace is a run', () => {
  const { trace } = settled(everything)
  const { nodes, packing, shares, moving, isRun, fallbackWorkflow, callIds, sharedCalls, idDecisions, ...others } =
    trace
  const indexes = Object.values(others).filter((value) => value instanceof Map || value instanceof Set)
  expect(indexes.map((index) => index.size)).not.toContain(0)
  clearIndexes(trace)
  expect(trace).toEqual({
    ...emptyTrace(traceId),
    nodes,
    packing,
    shares,
    moving,
    isRun,
    fallbackWorkflow,
    callIds,
    sharedCalls,
    idDecisions,
  })
  expect([isRun, nodes.size, shares.size]).toEqual([true, 8, 1])
})

test('a node belongs to the workflow that it inherits, else to the one that the trace chooses', () => {
  const { trace } = settled([span(1, 0, { workflowId: 'wf-1', kind: 'task' }), span(2, 1), span(3, 9)])
  expect(workflowOf(trace, nodeOf(trace, 2))).toBe('wf-1')
  trace.fallbackWorkflow = 'chosen'
  expect(workflowOf(trace, nodeOf(trace, 3))).toBe('chosen')
})

test('a span without a parent, or with one of another workflow, is an entry; a record in a trace is none', () => {
  const { trace } = settled([
    span(1, 0, { workflowId: 'wf-1' }),
    span(2, 1),
    span(3, 1, { workflowId: 'wf-2' }),
    span(4, 9, { workflowId: 'wf-2' }),
    record(5, 9, { workflowId: 'wf-2' }),
  ])
  expect([1, 2, 3, 4, 5].map((n) => isEntry(trace, nodeOf(trace, n)))).toEqual([true, false, true, true, false])
})

test('a record that names neither a trace nor a run is an entry, so its task ends', () => {
  const alone = 'd'.repeat(32)
  const call = record(1, 0, { id: alone, trace: alone, remoteParent: true, kind: 'llm', usage: usage() })
  for (const parent of ['', spanId(9)]) {
    const { tables } = play([[{ ...call, parent }]])
    expect(taskRow(alone, tables.workflows.get(alone)!)).toMatchObject({
      status: 'COMPLETED',
      startedNs: at(1),
      completedNs: at(1),
      prompt: 100,
    })
  }
})

test('the identity of a node is made of its start, trace and id, once', () => {
  const { trace } = settled([span(1, 0, { workflowId: 'wf-1' })])
  const node = nodeOf(trace, 1)
  node.identity = null
  const identity = identityOfNode({ ...trace, id: 'other' }, node)
  expect(identity).toEqual(identityOf(node.facts.startNs, 'other', node.facts.id))
  expect(identityOfNode(trace, node)).toBe(identity)
})
