import { rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { configure } from '../../src/config/load.ts'
import { runShell } from '../support/command.ts'
import { readDocument, snippet } from '../support/documents.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'

type Row = Record<string, unknown>

/** Recordings with agents, tools, failures and cached calls. */
const recordings = recordingNames('hand-v', 'claude-code', 'vercel', 'openinference', 'adk', 'temporal-go')
/** The user who asks to be forgotten. */
const ofAda = smallRun('ada').map((span) => ({ ...span, attributes: { ...span.attributes, 'user.id': 'ada' } }))

let client: pg.Client & AsyncDisposable
let url: string
let dispose: () => Promise<unknown>
const cwd = inject('runFolder')

beforeAll(async () => {
  const database = await freshDatabase()
  url = database.url
  {
    await using receiver = await openTestReceiver(url)
    const sent = await sendAll([...recordings.flatMap(requestsOf), tracesRequest(ofAda)], [receiver.http], {
      parallel: 4,
    })
    expect(sent).toMatchObject({ failed: [] })
  }
  client = await connect(url)
  dispose = async () => {
    await client[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  }
})

afterAll(async () => {
  await dispose?.()
  for (const file of ['chargeback.csv', 'ada.csv']) rmSync(path.join(cwd, file), { force: true })
})

async function rowsOf(name: string): Promise<Row[]> {
  return (await client.query<Row>(snippet(name))).rows
}

async function one<T>(sql: string): Promise<T> {
  return Object.values((await client.query<Row>(sql)).rows[0]!)[0] as T
}

function sum(rows: readonly Row[], column: string): number {
  return rows.reduce((total, row) => total + Number(row[column]), 0)
}

/** Runs a block of shell commands; `spanledger` is the built program. Resolves with exit code and output. */
async function shell(name: string) {
  const program = `spanledger() { "${process.execPath}" "${inject('program')}" "$@"; }\n`
  await using run = runShell(program + snippet(name), { cwd, env: { DATABASE_URL: url } })
  return { code: await run.exited, output: run.output() }
}

test('the page has ten recipes, and every block of it that can be run is tried', () => {
  const page = readDocument('docs/recipes.md')
  expect(page.match(/^## /gm)).toHaveLength(10)
  expect(page.match(/^```(sql|sh|yaml)$/gm)).toHaveLength(page.match(/^<!-- tried: /gm)!.length)
})

test('per-team budgets: every team of this month is listed, also one without a budget', async () => {
  const rows = await rowsOf('recipe teams')
  expect(rows).toEqual(expect.arrayContaining([expect.objectContaining({ team: 'checkout-agents', budget_usd: 500 })]))
  const month = "where started_at >= date_trunc('month', now() at time zone 'UTC') at time zone 'UTC'"
  const exact = await one<string>(`select coalesce(sum(total_cost_nano_usd), 0) from task_executions ${month}`)
  expect(sum(rows, 'spent_usd') * 1e9).toBeCloseTo(Number(exact), 3)
})

test('what a feature costs: the runs and the money of all features are all', async () => {
  const rows = await rowsOf('recipe features')
  expect(sum(rows, 'runs')).toBe(await one('select count(*)::int from task_executions'))
  const exact = await one<string>('select sum(total_cost_nano_usd) from task_executions')
  expect(sum(rows, 'cost_usd') * 1e9).toBeCloseTo(Number(exact), 3)
})

test('slow tools: those with a duration, the slowest together first', async () => {
  const rows = await rowsOf('recipe slow tools')
  expect(sum(rows, 'runs')).toBe(await one('select count(duration_ms)::int from tool_executions'))
  const seconds = rows.map((row) => Number(row.seconds))
  expect(seconds).toEqual([...seconds].sort((a, b) => b - a))
})

test('failed runs by cause: each failed run has one', async () => {
  const rows = await rowsOf('recipe failures')
  expect(rows.length).toBeGreaterThan(0)
  expect(sum(rows, 'runs')).toBe(await one("select count(*)::int from task_executions where status = 'FAILED'"))
  for (const { cause } of rows) expect(cause).not.toMatch(/\d/)
})

test('how much comes from the cache: never more than all, and the calls of all agents are all', async () => {
  const rows = await rowsOf('recipe caching')
  expect(sum(rows, 'calls')).toBe(await one('select count(*)::int from token_usage'))
  const shares = rows.map((row) => Number(row.cached_percent))
  expect(Math.max(...shares)).toBeGreaterThan(0)
  expect(Math.max(...shares)).toBeLessThanOrEqual(100)
})

test('an agent leaderboard: its money is that of all calls of agents', async () => {
  const rows = await rowsOf('recipe agents')
  const exact = await one<string>('select sum(cost_nano_usd) from token_usage where agent_id is not null')
  expect(sum(rows, 'usd') * 1e9).toBeCloseTo(Number(exact), 3)
  expect(sum(rows, 'runs')).toBe(await one('select count(*)::int from agent_executions'))
})

test('chargeback as CSV: its money is that of all calls', async () => {
  expect(await shell('recipe chargeback')).toMatchObject({ code: 0 })
  const [heads, ...lines] = (await readFile(path.join(cwd, 'chargeback.csv'), 'utf8')).trim().split(/\r?\n/)
  expect(heads).toBe('month,team,provider,model,calls,tokens,cost_usd')
  const exact = await one<string>('select sum(cost_nano_usd) from token_usage')
  expect(lines.reduce((total, line) => total + Number(line.split(',').at(-1)), 0) * 1e9).toBeCloseTo(Number(exact), 0)
})

test('an alert on spend: quiet below the limit, and fails above it', async () => {
  const today = await one<string>(
    "select coalesce(max(total_cost_nano_usd), 0) from task_executions where started_at >= date_trunc('day', now())",
  )
  expect(Number(today)).toBeLessThan(100e9)
  expect(await shell('recipe alert')).toMatchObject({ code: 0, output: '' })
  await client.query(
    "update task_executions set started_at = now(), total_cost_nano_usd = 101000000000 where workflow_id = 'ada'",
  )
  expect(await shell('recipe alert')).toMatchObject({ code: 1, output: expect.stringContaining('spent today: $') })
})

test('retention: the settings are taken, and pruning says what would go', async () => {
  const entries = new Map(
    Object.entries(parse(snippet('recipe retention'))).map(([key, value], line) => [key, { value, line }]),
  )
  const { config } = configure({ file: { path: 'spanledger.yaml', entries }, env: {}, flags: {} })
  expect(config).toMatchObject({ content: 500 })
  expect(await shell('recipe prune')).toMatchObject({ code: 0 })
})

test('a person asks to be forgotten: their runs are shown, then they are gone', async () => {
  expect(await shell('recipe access')).toMatchObject({ code: 0 })
  expect(await readFile(path.join(cwd, 'ada.csv'), 'utf8')).toContain('ada')
  expect(await shell('recipe forget')).toMatchObject({ code: 0 })
  expect(await one("select count(*)::int from task_executions where workflow_id = 'ada'")).toBe(0)
})
