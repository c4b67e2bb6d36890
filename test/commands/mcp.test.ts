import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { expect, inject, test } from 'vitest'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'

const session = '8ea286bf-39ab-4dbf-ad04-e759be3978aa'

/** A client of the official SDK, with `spanledger mcp` as its server. */
async function openClient(databaseUrl: string): Promise<Client & AsyncDisposable> {
  const client = new Client({ name: 'test', version: '1' })
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, DATABASE_URL: databaseUrl }
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [inject('program'), 'mcp'], env }))
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() })
}

test('an agent lists and explains runs, sums up costs, and asks in SQL that can change nothing', async () => {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await sendAll(requestsOf('claude-code-http'), [receiver.http])
  await using client = await openClient(database.url)
  const call = async (name: string, args: Record<string, unknown> = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: args })
    const [{ text }] = content as [{ readonly text: string }]
    return isError ? text : JSON.parse(text)
  }
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toEqual(['list_runs', 'explain_run', 'cost', 'sql'])
  expect(tools.every(({ annotations }) => annotations?.readOnlyHint)).toBe(true)

  const since = '2026-01-01'
  expect((await call('list_runs', { since })).runs).toMatchObject([{ workflow_id: session, status: 'COMPLETED' }])
  expect(await call('list_runs', { since, status: 'FAILED' })).toMatchObject({ runs: [], next: null })
  const { runs } = await call('explain_run', { id: session })
  expect(runs[0].spans).toContainEqual(
    expect.objectContaining({ counts: false, reason: expect.stringContaining("4215 + 41 tokens, doesn't count") }),
  )
  expect(await call('explain_run', { id: 'nowhere' })).toContain('nothing is known of nowhere')

  await using reader = await connect(database.url)
  const { rows } = await reader.query('select sum(cost_nano_usd)::text as nano from token_usage')
  const { lines, unpriced } = await call('cost', { since, by: 'provider' })
  expect(lines).toMatchObject([{ key: 'anthropic', cost_nano_usd: rows[0].nano }])
  expect(unpriced).toEqual([])

  expect(await call('sql', { query: 'select count(*) as calls from token_usage;' })).toEqual({
    columns: ['calls'],
    rows: [['3']],
    has_more: false,
  })
  const many = 'select n from generate_series(1, 5000) as n'
  expect(await call('sql', { query: many, max_rows: 3 })).toMatchObject({ rows: [['1'], ['2'], ['3']], has_more: true })
  expect(await call('sql', { query: 'delete from users' })).toContain('only queries are run here')
  expect(await call('sql', { query: 'with x as (delete from users returning 1) table x' })).toContain('data-modifying')
  expect(await call('sql', { query: "select repeat('x', 200000)" })).toContain('ask for fewer rows')
})

test('it reads what the tables mean, with units', async () => {
  await using database = await freshDatabase()
  await using client = await openClient(database.url)
  const { resources } = await client.listResources()
  expect(resources.map(({ uri }) => uri)).toEqual(
    expect.arrayContaining(['spanledger://schema', 'spanledger://schema/token_usage']),
  )
  const { contents } = await client.readResource({ uri: 'spanledger://schema' })
  const [{ text }] = contents as unknown as [{ readonly text: string }]
  expect(text).toMatch(/^## task_executions\n\nA run, /)
  expect(text).toMatch(/- `cost_nano_usd` bigint: .*Unit: 10⁻⁹ USD\./)
  await expect(client.readResource({ uri: 'spanledger://schema/pg_authid' })).rejects.toThrow(
    'there is no table pg_authid',
  )
})
