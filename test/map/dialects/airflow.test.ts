import { expect, test } from 'vitest'
import { tasksOf } from '../../support/tasks.ts'
import { at, engineSpan, failed, fine } from './engine-spans.ts'

const run = { 'airflow.dag_id': 'trips', 'airflow.dag_run.run_id': 'scheduled__2026-11-24T00:00:00+00:00' }
const workflow = 'trips/scheduled__2026-11-24T00:00:00+00:00'

test('the span of a DAG run is a workflow, those of its tasks are plain', () => {
  const root = engineSpan('airflow', 'dag_run.trips', 0, run, fine)
  const task = { ...run, 'airflow.task_id': 'plan', 'airflow.task_instance.state': 'failed' }
  const spans = [
    root,
    engineSpan('airflow', 'task_run.plan', 0, task, { ...failed, parentSpanId: root.spanId }),
    engineSpan('airflow', 'worker.plan', 0, task, { ...failed, parentSpanId: root.spanId }),
  ]
  expect([...tasksOf(spans)]).toMatchObject([[workflow, { status: 'COMPLETED', startedNs: at(0), completedNs: at(1) }]])
})

test('runs of two DAGs with one schedule have different workflow ids', () => {
  const other = engineSpan('airflow', 'dag_run.news', 0, { ...run, 'airflow.dag_id': 'news' }, fine)
  expect([...tasksOf([engineSpan('airflow', 'dag_run.trips', 0, run, fine), other]).keys()]).toHaveLength(2)
})

test('spans before 3.1, whose values are all text, are read', () => {
  const older = {
    'airflow.category': 'DAG runs',
    'airflow.dag_run.dag_id': 'trips',
    'airflow.dag_run.run_id': 'manual__1',
    'airflow.dag_run.state': 'failed',
    'airflow.dag_run.error': 'True',
  }
  expect(tasksOf([engineSpan('airflow', 'trips', 0, older)]).get('trips/manual__1')).toMatchObject({ status: 'FAILED' })
})

test('a span of an agent with the ids of its task keeps the kind of its own dialect', () => {
  const call = { ...run, 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 7 }
  expect(tasksOf([engineSpan('pydantic-ai', 'chat gpt-4o', 0, call)]).get(workflow)).toMatchObject({
    prompt: 7,
    status: 'RUNNING',
  })
})
