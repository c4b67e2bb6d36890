import { expect, test } from 'vitest'
import { tasksOf } from '../../support/tasks.ts'
import { at, engineSpan, failed } from './engine-spans.ts'

const ids = { 'ctx.run.id': 'run_1', 'ctx.task.id': 'plan-trip', 'ctx.run.isTest': false }
const attempt = (number: number, second: number, other = {}) =>
  engineSpan(
    'trigger.dev',
    `Attempt ${number}`,
    second,
    { ...ids, 'ctx.attempt.number': number },
    { kind: 5, ...other },
  )

test('the last attempt is the end of a run', () => {
  const spans = [attempt(1, 0, failed), attempt(2, 30)]
  expect([...tasksOf(spans)]).toMatchObject([
    ['run_1', { status: 'COMPLETED', startedNs: at(0), completedNs: at(31), error: null }],
  ])
  expect(JSON.parse(tasksOf(spans).get('run_1')!.metadata)).toMatchObject({ workflow_name: 'plan-trip' })
})

test('the mark of the start of an attempt ends no run, and calls inside the attempt are counted', () => {
  const begun = engineSpan('trigger.dev', 'Attempt 1', 0, { ...ids, '$span.partial': true })
  const call = { ...ids, 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 7 }
  expect([...tasksOf([begun, engineSpan('ai', 'chat gpt-4o', 0, call)])]).toMatchObject([
    ['run_1', { status: 'RUNNING', prompt: 7 }],
  ])
})

test('a run id without a task id is no workflow id', () => {
  expect([...tasksOf([engineSpan('my-app', 'step', 0, { 'ctx.run.id': 'r' })])]).toEqual([])
})
