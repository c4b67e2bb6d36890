import { expect, test } from 'vitest'
import type { Facts } from '../../src/map/facts/facts.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestWriter } from '../support/writer.ts'

/** A whole run in one span: one billed call of `prompt` tokens. */
function run(tenant: string, prompt: number): Facts {
  return {
    tenant,
    source: 'span',
    trace: '0af7651916cd43dd8448eb211c80319c',
    id: 'b7ad6b7169203331',
    parent: '',
    remoteParent: false,
    open: false,
    endsWell: false,
    startNs: 1_790_000_000_000_000_000n,
    endNs: 1_790_000_001_000_000_000n,
    attributeCount: 3,
    digest: `${prompt}`,
    name: 'call',
    kind: 'llm',
    dialect: 'plain attributes',
    spanKind: 1,
    origin: 'a',
    service: 's',
    workflowId: 'wf-1',
    agent: null,
    outcome: 'ok',
    run: null,
    error: null,
    statements: { user: { rank: 0, value: 'ada' }, session: { rank: 0, value: 's-1' } },
    usage: {
      role: 'call',
      class: 'chat',
      trust: 30,
      prompt,
      completion: 1,
      cacheRead: null,
      cacheWrite: null,
      reasoning: null,
      responseId: 'r-1',
      provider: 'openai',
      model: 'm',
      responseModel: null,
      statedCostNano: null,
      cacheHit: false,
      elsewhere: false,
      cacheSemantics: 'as reported',
    },
    tool: null,
    asks: [],
    answers: [],
    events: [],
  }
}

test('law 8: the same workflow, trace, span, user and response ids of two tenants are two of each', async () => {
  await using fresh = await freshDatabase()
  await using client = await connect(fresh.url)
  await using database = openPostgres({ url: fresh.url, connections: 2, connectTimeoutMs: 60_000, description: 'test' })
  await migrate(database)
  let rate = 5
  const write = openTestWriter(database, { price: () => ({ costNano: rate, provider: null }) })
  expect(await write([run('', 10), run('acme', 20), run('globex', 30)])).toEqual([
    'committed',
    'committed',
    'committed',
  ])
  expect(await write([run('acme', 20)])).toEqual(['duplicate'])
  const tasks = 'select workflow_id, total_tokens from task_executions order by workflow_id collate "C"'
  const expected = [
    { workflow_id: 'acme:wf-1', total_tokens: 21 },
    { workflow_id: 'globex:wf-1', total_tokens: 31 },
    { workflow_id: 'wf-1', total_tokens: 11 },
  ]
  expect((await client.query(tasks)).rows).toEqual(expected)
  const users = await client.query('select external_id from users order by external_id collate "C"')
  expect(users.rows.map((row) => row.external_id)).toEqual(['acme:ada', 'ada', 'globex:ada'])
  expect((await client.query('select count(distinct id)::int as n from token_usage')).rows).toEqual([{ n: 3 }])

  // the price list changes: what is written keeps its cost, what comes has the new one, and the sums still add up
  rate = 7
  const later = {
    ...run('acme', 40),
    id: 'b7ad6b7169203332',
    digest: '40',
    usage: { ...run('acme', 40).usage!, responseId: 'r-2' },
  }
  expect(await write([later])).toEqual(['committed'])
  const cost = await client.query(`
    select t.total_cost_nano_usd::int as total, sum(u.cost_nano_usd)::int as rows
    from task_executions t join token_usage u on u.task_id = t.id where t.workflow_id = 'acme:wf-1' group by 1`)
  expect(cost.rows).toEqual([{ total: 12, rows: 12 }])
})
