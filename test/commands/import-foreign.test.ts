import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as importing from '../../src/commands/import/import.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { printed } from '../support/look.ts'
import { emptyTables } from '../support/play-receivers.ts'
import { connect, freshDatabase, type TestDatabase } from '../support/postgres.ts'

/** Files that these products have written; README.md there says how. */
const folder = path.join(import.meta.dirname, 'import-files')
const at = (name: string) => path.join(folder, name)

let database: TestDatabase
let client: Awaited<ReturnType<typeof connect>>
let temporary: string

beforeAll(async () => {
  database = await freshDatabase()
  client = await connect(database.url)
  await client.query('set search_path = spanledger, public')
  temporary = await mkdtemp(path.join(tmpdir(), 'spanledger-foreign-'))
})

afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await rm(temporary, { recursive: true })
})

function importFiles(files: readonly string[], options: Record<string, string[]> = {}, switches: string[] = []) {
  return printed(importing, { args: files, options, switches, settings: { DATABASE_URL: database.url } })
}

const calls = `select model, provider, prompt_tokens as prompt, completion_tokens as completion, cache_read_tokens as cached,
  reasoning_tokens as reasoning, price_source as source, response_id as response, error is not null as failed
  from token_usage order by created_at, id`

/** The ledger of some files, each imported twice. */
async function ledgerOf(...files: readonly string[]): Promise<string> {
  await client.query(emptyTables)
  expect(await importFiles(files)).toMatchObject({ code: 0 })
  const first = await dumpLedger(client)
  const again = JSON.parse((await importFiles(files, {}, ['json'])).output)
  expect(again).toMatchObject({ committed: 0, refused: 0, unreadable: 0 })
  expect(await dumpLedger(client)).toBe(first)
  expect(await brokenSums(client)).toEqual([])
  return first
}

test('SpendLogs of LiteLLM become calls with their kinds of tokens, users and failures, from CSV and JSON alike', async () => {
  const ofCsv = await ledgerOf(at('litellm-spend-logs.csv'))
  const { rows } = await client.query(calls)
  expect(rows).toHaveLength(2)
  for (const row of rows)
    expect(row).toMatchObject({
      model: 'gpt-4o-mini',
      provider: 'openai',
      cached: 1024,
      reasoning: 8,
      source: 'stated',
    })
  expect(rows[0].response).toMatch(/^chatcmpl-/)
  const tasks = await client.query('select status, error_message from task_executions')
  expect(tasks.rows).toEqual([{ status: 'FAILED', error_message: expect.stringContaining('overloaded') }])
  expect(await ledgerOf(at('litellm-spend-logs.json'))).toBe(ofCsv)
})

test('spans of Phoenix become the same rows from its data frame, in each form, and from its API', async () => {
  await ledgerOf(at('phoenix.parquet'))
  const { rows } = await client.query(calls)
  expect(rows.length).toBeGreaterThan(1)
  expect(rows.every(({ prompt }) => prompt > 0)).toBe(true)
  const tools = await client.query('select tool_name from tool_executions')
  expect(tools.rows.length).toBeGreaterThan(0)
  // JSON of a data frame has milliseconds only
  const table = 'select id, model, prompt_tokens, completion_tokens, cost_nano_usd from token_usage order by id'
  const expected = (await client.query(table)).rows
  for (const file of ['phoenix.jsonl', 'phoenix.csv', 'phoenix-api.json']) {
    await ledgerOf(at(file))
    expect((await client.query(table)).rows).toEqual(expected)
  }
})

test('observations of Langfuse become runs, calls with their kinds of tokens and tool runs', async () => {
  await ledgerOf(at('langfuse-observations.json'))
  const { rows } = await client.query(calls)
  expect(rows).toMatchObject([
    { model: 'gpt-4o-mini', prompt: 1200, completion: 40, cached: 1024, source: 'list', failed: false },
    { model: 'gpt-4o-mini', prompt: 300, completion: 20, cached: 0, source: 'list', failed: false },
  ])
  const { rows: tasks } = await client.query(
    'select t.status, u.external_id as user, session_id as session, total_tokens as tokens, tools_invoked as tools from task_executions t left join users u on u.id = t.user_id',
  )
  expect(tasks).toEqual([{ status: 'COMPLETED', user: 'ada', session: 'session-1', tokens: 1560, tools: 1 }])
})

test('a run of Langfuse becomes the same rows from a download, from the export into a bucket and from that of the table', async () => {
  const rowsOf = async (file: string) => {
    await ledgerOf(at(file))
    const tables = {
      tasks: `select t.id, t.status, t.query, t.result, t.session_id, t.total_tokens, t.total_cost_nano_usd, t.tools_invoked, t.agents_used,
        u.external_id as user from task_executions t left join users u on u.id = t.user_id`,
      calls: `select id, model, prompt_tokens, completion_tokens, cache_read_tokens, cost_nano_usd, price_source from token_usage order by id`,
      tools: 'select id, tool_name, success, error, input_params, output from tool_executions order by id',
      agents: 'select id, agent_id, state from agent_executions order by id',
    }
    const read: Record<string, Record<string, unknown>[]> = {}
    for (const [name, sql] of Object.entries(tables)) read[name] = (await client.query(sql)).rows
    return read
  }
  const rows = await rowsOf('langfuse-download.json')
  expect(rows.tasks).toMatchObject([
    { status: 'COMPLETED', user: 'grace', session_id: 'session-42', total_tokens: 2635 },
  ])
  // what was cached is within the input; a call without an end is done; a cost of 0 that the app has not stated is none; counters of 0 make no call
  expect(rows.calls).toMatchObject([
    { prompt_tokens: 1150, completion_tokens: 36, cache_read_tokens: 1024, price_source: 'list' },
    { prompt_tokens: 1300, completion_tokens: 60, cache_read_tokens: 0, price_source: 'list' },
    { prompt_tokens: 49, completion_tokens: 40, price_source: 'list' },
  ])
  expect(rows.calls?.every(({ cost_nano_usd: nano }) => Number(nano) > 0)).toBe(true)
  expect(rows.tools).toMatchObject([
    { tool_name: 'find_trains', success: true },
    { tool_name: 'find_seats', success: false, error: 'no seats are known' },
  ])
  for (const file of ['langfuse-bucket.jsonl', 'langfuse-observations.csv']) expect(await rowsOf(file)).toEqual(rows)

  // a parent that Langfuse has not received keeps no run open
  const part = JSON.parse(readFileSync(at('langfuse-download.json'), 'utf8'))
  part.observations[0].parentObservationId = '9999aaaa2222bbbb'
  const file = path.join(temporary, 'part.json')
  await writeFile(file, JSON.stringify(part))
  await ledgerOf(file)
  expect((await client.query('select status from task_executions')).rows).toEqual([{ status: 'COMPLETED' }])
})

test('calls without kinds of tokens are counted, and their format may be named', async () => {
  await client.query(emptyTables)
  const [row] = JSON.parse(readFileSync(at('litellm-spend-logs.json'), 'utf8'))
  const file = path.join(temporary, 'old.jsonl')
  await writeFile(file, `${JSON.stringify({ ...row, metadata: {} })}\n`)
  const { output } = await importFiles([file], { format: ['litellm'] })
  expect(output).toContain('1 calls do not say what of their tokens was cached')
  await expect(importFiles([file], { format: ['helicone'] })).rejects.toThrow('otlp, langfuse, phoenix, litellm')
  await writeFile(file, '[{"a": 1}]')
  expect(await importFiles([file])).toMatchObject({
    code: 3,
    errors: expect.stringContaining('a row with a is of no format that is known'),
  })
})

test('a long file goes on behind the message where it was stopped', async () => {
  await client.query(emptyTables)
  const row = JSON.parse(readFileSync(at('litellm-spend-logs.json'), 'utf8'))[0]
  const rows = Array.from({ length: 450 }, (_, i) => ({
    ...row,
    request_id: `chatcmpl-${i}`,
    session_id: `s-${i % 9}`,
  }))
  const file = path.join(temporary, 'long.json')
  await writeFile(file, JSON.stringify(rows, null, 2))
  const rest = JSON.parse((await importFiles([file], { skip: ['2'] }, ['json'])).output)
  expect(rest).toMatchObject({ messages: 1, items: 50, next: 3 })
  const all = JSON.parse((await importFiles([file], {}, ['json'])).output)
  expect(all).toMatchObject({ messages: 3, items: 450, committed: 400, duplicate: 50, next: 3 })
})
