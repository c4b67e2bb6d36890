import { expect, test } from 'vitest'
import { readRun } from '../../../src/transaction/read/read-run.ts'
import { callFacts, toolFacts } from '../../support/facts.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { openTestWriter } from '../../support/writer.ts'

test('all rows of a run are read, and none of another', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  const under = { traceId: callFacts(1).trace, parentSpanId: callFacts(1).id }
  await write([callFacts(1, { user_id: 'ada' }), toolFacts(2, { workflow_id: 'wf-1' }, under), callFacts(3)])
  const run = await readRun(ledger.database, 'wf-1')
  expect(run.task_executions).toMatchObject([
    { workflow_id: 'wf-1', user_id: 'ada', status: 'COMPLETED', tools_invoked: 1 },
  ])
  expect(run.event_logs.map(({ type }) => type)).toEqual(expect.arrayContaining(['task.started', 'task.completed']))
  expect(run.event_logs[0]).toMatchObject({ type: 'task.started', after_ms: 0 })
  expect(run.token_usage).toMatchObject([
    { model: 'gpt-4o', prompt_tokens: 10, completion_tokens: 5, cost_nano_usd: '0' },
  ])
  expect(run.tool_executions).toMatchObject([
    { tool_name: 'search', output: 'found', success: true, duration_ms: 1000 },
  ])
})

test('a run that does not exist has no rows', async () => {
  await using ledger = await freshLedger()
  const none = { task_executions: [], event_logs: [], token_usage: [], tool_executions: [] }
  expect(await readRun(ledger.database, 'wf-1')).toEqual(none)
})
