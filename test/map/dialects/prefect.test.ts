import { expect, test } from 'vitest'
import type { Span } from '../../../src/decode/span.ts'
import { tasksOf } from '../../support/tasks.ts'
import { spanEvent } from '../make.ts'
import { at, engineSpan, failed, fine } from './engine-spans.ts'

const ids = { 'prefect.run.type': 'flow', 'prefect.run.id': 'run-1', 'prefect.run.name': 'brave-otter' }

function flow(other: Partial<Span>, ...states: string[]): Span {
  const events = states.map((type) =>
    spanEvent(type, { 'prefect.state.type': type.toUpperCase(), 'prefect.state.message': `now ${type}` }),
  )
  return engineSpan('prefect', 'brave-otter', 0, ids, { ...other, events })
}

test.each([
  ['COMPLETED', flow(fine, 'Running', 'Retrying', 'Completed')],
  ['FAILED', flow(failed, 'Running', 'Failed')],
  ['FAILED', flow(failed, 'Running', 'Crashed')],
  ['CANCELLED', flow(failed, 'Running', 'Cancelled')],
  ['COMPLETED', flow(fine)],
  ['RUNNING', flow(fine, 'Running')],
])('a run is %s by its last state', (status, span) => {
  expect([...tasksOf([span])]).toMatchObject([['run-1', { status, startedNs: at(0) }]])
})

test('the run of a task has no workflow id, and a subflow is a task of its own', () => {
  const parent = flow(fine, 'Running', 'Completed')
  const below = { ...fine, parentSpanId: parent.spanId }
  const step = engineSpan('prefect', 'fetch-0', 0, { 'prefect.run.type': 'task', 'prefect.run.id': 'task-1' }, below)
  const subflow = engineSpan('prefect', 'calm-fox', 0, { ...ids, 'prefect.run.id': 'run-2' }, below)
  const tasks = tasksOf([parent, step, subflow])
  expect([...tasks.keys()].sort()).toEqual(['run-1', 'run-2'])
  expect(JSON.parse(tasks.get('run-2')!.metadata)).toMatchObject({ parent_workflow_id: 'run-1' })
})
