import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { openPostgres } from '../../../src/store/postgres/postgres.ts'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { type SpanSketch, spansOfScope, tool } from '../../settle/temporal.ts'
import { brokenSums } from '../../support/laws.ts'
import { connect, freshDatabase } from '../../support/postgres.ts'
import { openTestWriter } from '../../support/writer.ts'

const activity = { temporalWorkflowID: 'wf-1', temporalRunID: 'run-1', temporalActivityID: '2' }
const python = spansOfScope('temporalio.contrib.opentelemetry._interceptor')

/** What an attempt sends that has a trace of its own, in the order in which its spans end. */
function attempt(trace: number, start: number, failed?: SpanSketch['failed'] & object): [Facts, Facts] {
  const other = { trace, ...(failed && { failed }) }
  return [
    tool('search_flights', { id: 2, under: 1, at: [start + 1, start + 60], ...other }),
    python('RunActivity:SearchFlights', { id: 1, at: [start, start + 90], attributes: activity, ...other }),
  ]
}

test.each([0, 1000])('attempts in traces of their own are one row, with its events: memory %i', async (maxSpans) => {
  await using fresh = await freshDatabase()
  await using client = await connect(fresh.url)
  await using database = openPostgres({ url: fresh.url, connections: 1, connectTimeoutMs: 60_000, description: 'test' })
  await migrate(database)
  const write = openTestWriter(database, { traceCache: openTraceCache(maxSpans) })
  const rows = async () => (await client.query('select tool_name, success, duration_ms from tool_executions')).rows
  const told = async () => {
    const query = `select type, message, payload->>'error' as error from event_logs where type like 'tool.%' order by timestamp`
    return (await client.query(query)).rows.map(Object.values)
  }

  const called = 'search_flights {"to":"Lisbon"}'

  // each span in a request of its own: a tool's span is not yet known to be an attempt at anything
  const [first, second] = [attempt(1, 0, ['RuntimeError', 'timed out']), attempt(2, 300)]
  for (const facts of first) expect(await write([facts])).toEqual(['committed'])
  expect(await rows()).toEqual([{ tool_name: 'search_flights', success: false, duration_ms: 59 }])
  expect(await told()).toEqual([
    ['tool.called', called, null],
    ['tool.failed', 'search_flights failed: timed out', 'timed out'],
  ])

  for (const facts of second) expect(await write([facts])).toEqual(['committed'])
  expect(await rows()).toEqual([{ tool_name: 'search_flights', success: true, duration_ms: 59 }])
  expect(await told()).toEqual([
    ['tool.called', called, null],
    ['tool.completed', 'search_flights completed', null],
  ])
  const { rows: tasks } = await client.query('select workflow_id, status, tools_invoked from task_executions')
  expect(tasks).toEqual([{ workflow_id: 'wf-1', status: 'RUNNING', tools_invoked: 1 }])
  expect(await brokenSums(client)).toEqual([])
})
