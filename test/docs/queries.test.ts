import type pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { snippet } from '../support/documents.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'

type Row = Record<string, unknown>

/** A run of which one call has no price. */
const unpriced = smallRun('unpriced').map((span) => {
  const { attributes = {} } = span
  return 'model' in attributes ? { ...span, attributes: { ...attributes, model: 'our-own-8b' } } : span
})

/** A workflow of the recordings with agents, calls that have a span of their own, and tools. */
const workflow = `select workflow_id from task_executions where status = 'COMPLETED' and tools_invoked > 0
  and workflow_id in (select workflow_id from event_logs where type = 'agent.thinking') order by agents_used desc, 1 limit 1`
/** The rows of all recordings and of `unpriced`. */
let client: pg.Client & AsyncDisposable
let dispose: () => Promise<unknown>

beforeAll(async () => {
  const database = await freshDatabase()
  {
    await using receiver = await openTestReceiver(database.url)
    const sent = await sendAll([...recordingNames().flatMap(requestsOf), tracesRequest(unpriced)], [receiver.http], {
      parallel: 4,
    })
    expect(sent).toMatchObject({ failed: [] })
  }
  client = await connect(database.url)
  dispose = async () => {
    await client[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  }
})

afterAll(() => dispose?.())

/** The rows of a query of a document. */
async function rowsOf(name: string, variables: Record<string, string> = {}): Promise<Row[]> {
  const sql = snippet(name).replaceAll(/:'(\w+)'/g, (_, variable: string) => `'${variables[variable]}'`)
  return (await client.query<Row>(sql)).rows
}

async function one<T>(sql: string): Promise<T> {
  const { rows } = await client.query<Row>(sql)
  return Object.values(rows[0]!)[0] as T
}

/** The sum of a column. */
function sum(rows: readonly Row[], column: string): number {
  return rows.reduce((total, row) => total + Number(row[column]), 0)
}

test('the first query of README.md shows the latest runs', async () => {
  const rows = await rowsOf('first query')
  expect(rows).toHaveLength(20)
  const started = rows.map(({ started_at: at }) => Number(at))
  expect(started).toEqual([...started].sort((a, b) => b - a))
})

test('query months: calls, tokens and money are those of token_usage', async () => {
  const rows = await rowsOf('query months')
  expect(rows.length).toBeGreaterThan(5)
  expect(sum(rows, 'calls')).toBe(await one('select count(*)::int from token_usage'))
  expect(sum(rows, 'prompt_tokens')).toBe(await one('select sum(prompt_tokens)::int from token_usage'))
  expect(sum(rows, 'completion_tokens')).toBe(await one('select sum(completion_tokens)::int from token_usage'))
  expect(sum(rows, 'cost_usd') * 1e9).toBeCloseTo(Number(await one('select sum(cost_nano_usd) from token_usage')), 3)
})

test('query users: runs, tokens and money are those of all runs', async () => {
  const rows = await rowsOf('query users')
  const ofRuns = 'from task_executions'
  expect(sum(rows, 'runs')).toBe(await one(`select count(*)::int ${ofRuns}`))
  expect(sum(rows, 'failed')).toBe(await one(`select count(*)::int ${ofRuns} where status = 'FAILED'`))
  expect(sum(rows, 'tokens')).toBe(await one(`select sum(total_tokens)::int ${ofRuns}`))
  const exact = Number(await one(`select sum(total_cost_nano_usd) ${ofRuns}`)) / 1e9
  expect(Math.abs(sum(rows, 'cost_usd') - exact)).toBeLessThan(rows.length * 0.51e-6)
})

test('query services: every run is in one service, with all its money', async () => {
  const rows = await rowsOf('query services')
  expect(rows.length).toBeGreaterThan(3)
  expect(sum(rows, 'runs')).toBe(await one('select count(*)::int from task_executions'))
  const exact = Number(await one('select sum(total_cost_nano_usd) from task_executions'))
  expect(sum(rows, 'cost_usd') * 1e9).toBeCloseTo(exact, 3)
  for (const row of rows) expect(Number(row.cost_of_a_run) * Number(row.runs)).toBeCloseTo(Number(row.cost_usd), 9)
})

test('query caching: the cached are a part of the prompt', async () => {
  const rows = await rowsOf('query caching')
  expect(sum(rows, 'read_from_cache')).toBe(await one('select sum(cache_read_tokens)::int from token_usage'))
  expect(sum(rows, 'read_from_cache')).toBeGreaterThan(0)
  for (const { cached_share: share } of rows) expect(Number(share)).toBeLessThanOrEqual(1)
})

test('query doubts: every mark in the metadata is listed', async () => {
  const rows = await rowsOf('query doubts')
  const marks = ['unpriced_calls', 'unaccounted_tokens', 'calls_cut_off']
  expect(rows.map(({ workflow_id: id }) => id)).toContain('unpriced')
  for (const mark of marks) {
    const stated = await one(`select coalesce(sum((metadata ->> '${mark}')::int), 0)::int from task_executions`)
    expect(sum(rows, mark), mark).toBe(stated)
  }
  expect(sum(rows, 'unpriced_calls')).toBeGreaterThan(0)
})

test('query running: every run that is RUNNING, with its last event', async () => {
  const rows = await rowsOf('query running')
  const running = "select array_agg(workflow_id order by workflow_id) from task_executions where status = 'RUNNING'"
  expect(rows.map(({ workflow_id: id }) => id).sort()).toEqual(await one(running))
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row.last_event).toEqual(expect.any(String))
})

test('query failures: every run that failed, with a reason', async () => {
  const rows = await rowsOf('query failures')
  expect(sum(rows, 'runs')).toBe(await one("select count(*)::int from task_executions where status = 'FAILED'"))
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row.error).toEqual(expect.stringMatching(/./))
})

test('query tools: every tool run, in one of three states', async () => {
  const rows = await rowsOf('query tools')
  expect(sum(rows, 'runs')).toBe(await one('select count(*)::int from tool_executions'))
  const open = await one<number>('select count(*)::int from tool_executions where success is null')
  expect(sum(rows, 'succeeded') + sum(rows, 'failed') + open).toBe(sum(rows, 'runs'))
  expect(sum(rows, 'failed')).toBeGreaterThan(0)
})

test('query steps: all events of the run, its start first and its end last', async () => {
  const id = await one<string>(workflow)
  const rows = await rowsOf('query steps', { workflow: id })
  expect(rows).toHaveLength(await one(`select count(*)::int from event_logs where workflow_id = '${id}'`))
  expect(rows.map(({ type }) => type)).toEqual(expect.arrayContaining(['agent.thinking', 'tool.called']))
  expect(rows[0]).toMatchObject({ type: 'task.started' })
  expect(rows.at(-1)).toMatchObject({ type: 'task.completed' })
})

test('query balance: nothing is wrong, and what is would be found', async () => {
  expect(await rowsOf('query balance')).toEqual([])
  await client.query('begin')
  await client.query(
    `update token_usage set cost_nano_usd = cost_nano_usd + 1 where id = (select id from token_usage limit 1)`,
  )
  expect(await rowsOf('query balance')).toHaveLength(1)
  await client.query('rollback')
})
