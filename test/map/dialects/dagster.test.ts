import { expect, test } from 'vitest'
import { tasksOf } from '../../support/tasks.ts'
import { engineSpan } from './engine-spans.ts'

test.each(['dagster.run_id', 'dagster.run.id', 'dagster.job.run_id'])('%s is the workflow id', (key) => {
  const asset = engineSpan('dagster-otel', 'asset trips', 0, { [key]: 'run-1' })
  const call = { [key]: 'run-1', 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 7 }
  const tasks = tasksOf([asset, engineSpan('my-agent', 'chat gpt-4o', 0, call, { parentSpanId: asset.spanId })])
  expect([...tasks]).toMatchObject([['run-1', { status: 'COMPLETED', prompt: 7 }]])
})
