import { expect, test } from 'vitest'
import { tasksOf } from '../../support/tasks.ts'
import { at, engineSpan, failed, fine } from './engine-spans.ts'

const ids = { 'restate.invocation.id': 'inv_1', 'restate.invocation.target': 'Trips/plan' }
const start = engineSpan('services', 'invocation-start Trips/plan', 0, ids)
const transient = engineSpan('services', 'invocation-attempt Trips/plan', 1, ids, {
  ...failed,
  parentSpanId: start.spanId,
})
const attempt = engineSpan('services', 'invocation-attempt Trips/plan', 5, ids, { ...fine, parentSpanId: start.spanId })

function end(attributes: Record<string, string>, other = fine) {
  return engineSpan('services', 'invocation-end Trips/plan', 6, { ...ids, ...attributes }, other)
}

test('a run lasts from the start to the end of its invocation, also with failed attempts', () => {
  const ingress = engineSpan('restate', 'ingress Trips/plan', 0, { 'rpc.service': 'Trips' })
  expect(tasksOf([ingress, start, transient]).get('inv_1')).toMatchObject({ status: 'RUNNING', startedNs: at(0) })
  const done = [ingress, start, transient, attempt, end({ 'restate.invocation.result': 'success' })]
  expect([...tasksOf(done)]).toMatchObject([
    ['inv_1', { status: 'COMPLETED', startedNs: at(0), completedNs: at(7), error: null }],
  ])
})

test('the reason of a failure, and the original of a restarted invocation, are read', () => {
  const why = { 'restate.invocation.result': 'failure', 'error.message': 'no room' }
  expect(tasksOf([start, transient, end(why, failed)]).get('inv_1')).toMatchObject({
    status: 'FAILED',
    error: 'no room',
  })
  const again = {
    'restate.invocation.id': 'inv_2',
    'restate.invocation.restart_as_new.original_invocation_id': 'inv_1',
  }
  const restarted = engineSpan('services', 'restart-as-new Trips/plan', 9, again)
  expect(JSON.parse(tasksOf([restarted]).get('inv_2')!.metadata)).toMatchObject({ parent_workflow_id: 'inv_1' })
})

test('a model call below an attempt is counted', () => {
  const call = engineSpan(
    'my-agent',
    'chat gpt-4o',
    5,
    { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 7 },
    { parentSpanId: attempt.spanId },
  )
  expect(tasksOf([start, attempt, call]).get('inv_1')).toMatchObject({ prompt: 7, status: 'RUNNING' })
})
