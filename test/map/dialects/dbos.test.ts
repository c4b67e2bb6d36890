import { expect, test } from 'vitest'
import { tasksOf } from '../../support/tasks.ts'
import { at, engineSpan, failed, fine } from './engine-spans.ts'

const older = { operationUUID: 'wf-1', operationType: 'workflow', operationName: 'planTrip', authenticatedUser: 'ada' }
const newer = {
  'dbos.operation.workflow_id': 'wf-1',
  'dbos.operation.type': 'workflow',
  'dbos.operation.name': 'planTrip',
  'dbos.user.name': 'ada',
}

test.each([
  ['older keys', older],
  ['the conventions', newer],
])('a workflow span is read by %s', (_, attributes) => {
  const pending = { ...attributes, status: 'PENDING' }
  const tasks = tasksOf([engineSpan('dbos-tracer', 'planTrip', 0, pending, fine)])
  expect([...tasks]).toMatchObject([
    ['wf-1', { status: 'COMPLETED', user: 'ada', startedNs: at(0), completedNs: at(1) }],
  ])
})

test('the status of a recovered workflow is that of its last execution', () => {
  const first = engineSpan('dbos-tracer', 'planTrip', 0, older, failed)
  expect(tasksOf([first]).get('wf-1')).toMatchObject({ status: 'FAILED', error: 'it broke' })
  const again = engineSpan('dbos-tracer', 'planTrip', 60, older, fine)
  expect(tasksOf([first, again]).get('wf-1')).toMatchObject({ status: 'COMPLETED', completedNs: at(61) })
})

test('a workflow goes on after its handler, and a child workflow is a task of its own', () => {
  const handler = engineSpan('dbos-tracer', '/trips', 0, { operationUUID: 'wf-1', operationType: 'handler' }, fine)
  const step = { operationUUID: 'wf-1', operationType: 'step', operationName: 'search' }
  expect([...tasksOf([handler, engineSpan('dbos-tracer', 'search', 3, step, fine)])]).toMatchObject([
    ['wf-1', { status: 'RUNNING' }],
  ])
  const parent = engineSpan('dbos-tracer', 'planTrip', 0, older, fine)
  const child = { ...older, operationUUID: 'wf-1-2' }
  const tasks = tasksOf([
    parent,
    engineSpan('dbos-tracer', 'research', 1, child, { ...fine, parentSpanId: parent.spanId }),
  ])
  expect(JSON.parse(tasks.get('wf-1-2')!.metadata)).toMatchObject({ parent_workflow_id: 'wf-1' })
})

test('a step has the kind of another dialect, and is plain when its result came from the database', () => {
  const step = { ...older, operationType: 'step', 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 7 }
  expect(tasksOf([engineSpan('dbos-tracer', 'ask', 0, step)]).get('wf-1')).toMatchObject({ prompt: 7 })
  expect(tasksOf([engineSpan('dbos-tracer', 'ask', 0, { ...step, cached: true })]).get('wf-1')).toMatchObject({
    prompt: 0,
  })
})
