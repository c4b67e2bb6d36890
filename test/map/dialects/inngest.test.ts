import { expect, test } from 'vitest'
import { tasksOf } from '../../support/tasks.ts'
import { at, engineSpan, failed } from './engine-spans.ts'

const execution = (second: number, other = {}) =>
  engineSpan('inngest', 'inngest.execution', second, { 'sdk.run.id': 'run-1', 'sys.function.id': 'plan-trip' }, other)

test('the last execution is the end of a run', () => {
  expect(tasksOf([execution(0), execution(10, failed)]).get('run-1')).toMatchObject({ status: 'FAILED' })
  expect([...tasksOf([execution(0), execution(10, failed), execution(20)])]).toMatchObject([
    ['run-1', { status: 'COMPLETED', startedNs: at(0), completedNs: at(21) }],
  ])
})

test.each([
  ['Completed', 'COMPLETED'],
  ['Failed', 'FAILED'],
  ['Cancelled', 'CANCELLED'],
  ['Running', 'RUNNING'],
])('a run of the server with status %s is %s, and its steps end no run', (stated, status) => {
  const ids = { '_inngest.run.id': 'run-1', '_inngest.function.name': 'plan-trip' }
  const run = engineSpan('inngest', 'executor.run', 0, { ...ids, '_inngest.dynamic.status': stated })
  const step = { ...ids, '_inngest.step.id': 's', '_inngest.dynamic.status': 'Failed' }
  const tasks = tasksOf([run, engineSpan('inngest', 'executor.step', 1, step)])
  expect([...tasks]).toMatchObject([['run-1', { status }]])
  expect(JSON.parse(tasks.get('run-1')!.metadata)).toMatchObject({ workflow_name: 'plan-trip' })
})

test('an amending span with the output of the function ends the run, any other one does not', () => {
  const patch = { '_inngest.run.id': 'run-1', '_inngest.dynamic.status': 'Completed' }
  expect(tasksOf([engineSpan('inngest', 'EXTEND', 3, patch)]).get('run-1')).toMatchObject({ status: 'RUNNING' })
  const ending = { ...patch, '_inngest.is.function.output': 'true' }
  expect(tasksOf([engineSpan('inngest', 'EXTEND', 3, ending)]).get('run-1')).toMatchObject({ status: 'COMPLETED' })
})
