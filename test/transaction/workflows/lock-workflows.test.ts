import { expect, test } from 'vitest'
import { taskId } from '../../../src/settle/model/ids.ts'
import { noShare } from '../../../src/settle/share/share.ts'
import { lockWorkflows } from '../../../src/transaction/workflows/lock-workflows.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { openTestWriter } from '../../support/writer.ts'

const contribution = (workflow: string, trace = callFacts(9).trace) => ({
  ...{ workflow, trace, before: noShare, after: noShare },
})
const options = { checkOtherWriters: false, rewritten: new Set<string>() }
const task =
  "insert into task_executions (id, workflow_id, query, status) values (gen_random_uuid(), 'theirs', 'q', 'RUNNING') returning replace(id::text, '-', '') as id"

test('a workflow is locked with its state and what this transaction contributes', async () => {
  await using ledger = await freshLedger()
  await openTestWriter(ledger.database)([callFacts(1)])
  const [first, second] = [contribution('wf-1'), contribution('wf-1', callFacts(8).trace)]
  const contributions = [first, contribution('new'), second]
  const locked = await ledger.database.transaction((session) => lockWorkflows(session, contributions, options))
  const byName = new Map(locked.map((one) => [one.workflow, one]))
  expect(byName.get('wf-1')).toMatchObject({ onlyTrace: callFacts(1).trace, seq: '3', contributions: [first, second] })
  expect(byName.get('wf-1')!.state.sums.prompt).toBe(10)
  expect(byName.get('new')).toMatchObject({ task: taskId('new'), seq: '0', lastCall: null, state: noShare })
})

test('the task of another writer becomes the workflow’s task, and our events are numbered far from theirs', async () => {
  await using ledger = await freshLedger()
  const { rows } = await ledger.client.query<{ id: string }>(task)
  const [locked] = await ledger.database.transaction((session) =>
    lockWorkflows(session, [contribution('theirs')], { ...options, checkOtherWriters: true }),
  )
  expect(locked).toMatchObject({ task: rows[0]!.id, seq: `${2n ** 40n}` })
})

test('without a check for other writers their tasks are not read', async () => {
  await using ledger = await freshLedger()
  await ledger.client.query(task)
  const [locked] = await ledger.database.transaction((session) =>
    lockWorkflows(session, [contribution('theirs')], options),
  )
  expect(locked).toMatchObject({ task: taskId('theirs'), seq: '0' })
})

test('another transaction waits for the workflows until the commit', async () => {
  await using ledger = await freshLedger()
  await ledger.database.transaction(async (session) => {
    await lockWorkflows(session, [contribution('wf')], options)
    const limits = { lockTimeoutMs: 50, statementTimeoutMs: 0 }
    const other = ledger.database.transaction((second) => lockWorkflows(second, [contribution('wf')], options), limits)
    await expect(other).rejects.toThrow('55P03')
  })
})
