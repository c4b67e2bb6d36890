import { expect, test } from 'vitest'
import type { Database, Session } from '../../../src/store/database.ts'
import { callFacts, spanFacts, toolFacts } from '../../support/facts.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'
import { brokenSums } from '../../support/laws.ts'
import { openTestWriter } from '../../support/writer.ts'

const traceId = callFacts(1).trace
const [first, second] = ['6f9619ff-8b86-4011-b42d-00cf4fc964ff', '7f9619ff-8b86-4011-b42d-00cf4fc964ff']
const agent = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'planner' }

test('a task is inserted, updated, and deleted when its rows have moved', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  const under = { traceId, parentSpanId: callFacts(20).id }
  await write([
    callFacts(1, { workflow_id: '' }, under),
    toolFacts(2, { workflow_id: '' }, under),
    spanFacts(3, agent, under),
  ])
  const all = async (table: string, column = 'workflow_id') =>
    (await ledger.client.query(`select ${column} as w from ${table}`)).rows.map(({ w }) => w)
  expect(await all('task_executions')).toEqual([traceId])
  await write([spanFacts(20, { workflow_id: 'wf' }, { traceId })])
  for (const table of ['task_executions', 'tool_executions', 'agent_executions'])
    expect(await all(table)).toEqual(['wf'])
  const [task] = await all('task_executions', 'id')
  expect(await all('token_usage', 'task_id')).toEqual([task])
  expect(await all('agent_executions', 'task_id')).toEqual([task])
  expect(new Set(await all('event_logs'))).toEqual(new Set(['wf']))
  expect(await brokenSums(ledger.client)).toEqual([])
})

test('rows that were written earlier follow the user and tenant of their task', async () => {
  await using ledger = await freshLedger()
  const write = openTestWriter(ledger.database)
  const run = { traceId, parentSpanId: callFacts(20).id }
  const at = (user_id: string, tenant_id: string) => ({ workflow_id: 'wf', user_id, tenant_id })
  await write([
    callFacts(1, at('ada', first!), run),
    toolFacts(2, { workflow_id: 'wf' }, run),
    spanFacts(3, { ...agent, workflow_id: 'wf' }, run),
  ])
  await ledger.client.query("insert into event_logs (workflow_id, type, tenant_id) values ('wf', 'theirs', null)")
  await write([
    spanFacts(
      20,
      { 'step.type': 'workflow', ...at('bob', second!) },
      { traceId, startTimeUnixNano: callFacts(1).startNs - 1n },
    ),
  ])
  const tenants = `
    select tenant_id::text, count(*)::int as n from (
      select tenant_id from event_logs where type <> 'theirs' union all select tenant_id from token_usage
      union all select tenant_id from tool_executions union all select tenant_id from agent_executions
      union all select tenant_id from task_executions) x group by 1`
  const { rows } = await ledger.client.query(tenants)
  expect(rows.map(({ tenant_id }) => tenant_id)).toEqual([second])
  const users = 'select external_id from token_usage join users u on u.id = user_id'
  expect((await ledger.client.query(users)).rows).toEqual([{ external_id: 'bob' }])
  const theirs = "select tenant_id from event_logs where type = 'theirs'"
  expect((await ledger.client.query(theirs)).rows).toEqual([{ tenant_id: null }])
  await ledger.client.query("delete from event_logs where type = 'theirs'")
  expect(await brokenSums(ledger.client)).toEqual([])
})

/** The database, which notes in `log` what is copied, when that is sent, and what is deleted, when that is answered. */
function logging(database: Database, log: string[]): Database {
  const logged = (session: Session): Session => ({
    ...session,
    copy(table, ...rest) {
      log.push(`copy ${table}`)
      return session.copy(table, ...rest)
    },
    async query<Row extends object>(sql: string, values?: readonly unknown[]) {
      const rows = await session.query<Row>(sql, values)
      const [, table] = /^delete from (\w+)/.exec(sql) ?? []
      if (table !== undefined) log.push(`deleted ${table}`)
      return rows
    },
  })
  return { ...database, transaction: (work, ...rest) => database.transaction((one) => work(logged(one)), ...rest) }
}

test('only the table that loses rows waits until they are gone', async () => {
  await using ledger = await freshLedger()
  const log: string[] = []
  const write = openTestWriter(logging(ledger.database, log))
  const workflow = { workflow_id: 'wf' }
  const agentSpan = spanFacts(3, { ...agent, ...workflow }, { traceId })
  await write([agentSpan])
  log.length = 0
  await write([callFacts(1, workflow, { traceId, parentSpanId: agentSpan.id })])
  const order = log.filter((line) => /event_logs|token_usage|agent_executions/.test(line))
  expect(order).toEqual(['copy event_logs', 'copy token_usage', 'deleted agent_executions', 'copy agent_executions'])
})
