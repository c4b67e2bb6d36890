import { expect, test } from 'vitest'
import { closeFacts, type StatedEnd } from '../../../src/map/close.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { foldShares } from '../../../src/settle/share/fold-shares.ts'
import { taskRow } from '../../../src/settle/workflow/task-row.ts'
import { makesTask } from '../../../src/settle/workflow/task-status.ts'
import { at, settled, span, traceId } from '../facts.ts'

const workflow = 'wf-1'

function close(seconds: number, other: Partial<StatedEnd> = {}): Facts {
  const statedNs = at(seconds)
  return closeFacts({ workflow, trace: null, status: 'FAILED', reason: 'lost', endNs: statedNs, statedNs, ...other })
}

/** The share of the workflow from all traces of these facts. */
function shareOf(facts: readonly Facts[], of = workflow) {
  const traces = [...new Set(facts.map(({ trace }) => trace))]
  const shares = traces.map((trace) => settled(facts.filter((one) => one.trace === trace)).trace.shares.get(of))
  return foldShares(shares.flatMap((share) => (share === undefined ? [] : [share.lastClosed])))
}

const taskOf = (...facts: readonly Facts[]) => taskRow(workflow, shareOf(facts))
const open = span(1, 0, { kind: 'agent', workflowId: workflow, open: true, endNs: at(1) })
const ended = span(1, 0, { kind: 'agent', workflowId: workflow })

test('a close decides the status of a run that would be RUNNING, and its own end goes before it', () => {
  expect(taskOf(open, close(60))).toMatchObject({
    status: 'FAILED',
    error: 'lost',
    startedNs: at(1),
    completedNs: at(60),
    durationMs: 59_000,
    metadata: expect.stringContaining('"closed":{"status":"FAILED","reason":"lost"}'),
  })
  expect(taskOf(ended, close(60))).toMatchObject({ status: 'COMPLETED', completedNs: at(2), metadata: '{}' })
})

test('of several closes the latest stated decides, and it may say that the run ended earlier', () => {
  const earlier = close(61, { status: 'CANCELLED', reason: null, endNs: at(5) })
  expect(taskOf(open, earlier, close(60))).toMatchObject({ status: 'CANCELLED', error: null, completedNs: at(5) })
})

test('a run goes on whose next entry starts after it was closed', () => {
  const next = span(70, 0, { kind: 'agent', workflowId: workflow, open: true, endNs: at(70) })
  expect(taskOf(open, close(60), next)).toMatchObject({ status: 'RUNNING', completedNs: null, metadata: '{}' })
  expect(taskOf(open, close(80), next)).toMatchObject({ status: 'FAILED' })
})

test('a run of a durable workflow goes on whose next run starts after it was closed', () => {
  const run = (seconds: number) =>
    span(seconds, 0, {
      workflowId: workflow,
      kind: 'workflow',
      run: { role: 'open', run: `r-${seconds}`, activity: null, passesOn: false },
    })
  expect(taskOf(run(1), close(60))).toMatchObject({ status: 'FAILED' })
  expect(taskOf(run(1), run(70), close(60))).toMatchObject({ status: 'RUNNING' })
})

test('a failed run without a reason shows its last error, or says that none is known', () => {
  const failedCall = span(2, 1, { kind: 'llm', outcome: 'error', error: 'timeout' })
  expect(taskOf(open, failedCall, close(60, { reason: null })).error).toBe('timeout')
  expect(taskOf(open, close(60, { reason: null })).error).toBe('the run was closed, and never said how it ended')
})

test('a close alone makes no task, and in the trace of a run it follows the spans', () => {
  expect(makesTask(shareOf([close(60)]))).toBe(false)
  const unnamed = span(1, 0, { kind: 'agent', open: true, endNs: at(1) })
  const inTrace = close(60, { workflow: traceId, trace: traceId })
  expect(taskRow(traceId, shareOf([unnamed, inTrace], traceId)).status).toBe('FAILED')
  const named = span(3, 1, { kind: 'llm', workflowId: 'late' })
  expect(shareOf([unnamed, inTrace, named], traceId).nodes).toBe(0)
  expect(taskRow('late', shareOf([unnamed, inTrace, named], 'late')).status).toBe('FAILED')
})
