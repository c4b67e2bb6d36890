import { expect, test } from 'vitest'
import { removeRun, removeUser } from '../../../src/transaction/forget/remove-run.ts'
import { openFolder } from '../../support/embedded.ts'
import { everyRowButSums } from '../../support/every-row.ts'
import { brokenSums } from '../../support/laws.ts'
import { newTraceId, type SpanSketch, smallRun, tracesRequest } from '../../support/otlp.ts'
import { freshPlace } from '../../support/places.ts'
import { connect } from '../../support/postgres.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { expectationOf, requestsOf } from '../../support/recordings.ts'
import { send, sendAll } from '../../support/send.ts'

const noonMs = Date.UTC(2026, 0, 15, 12)

function runOf(workflow: string, user: string, model = 'gpt-4o-mini'): SpanSketch[] {
  const [root, call] = smallRun(workflow, noonMs) as [SpanSketch, SpanSketch]
  return [
    { ...root, attributes: { ...root.attributes, user_id: user } },
    { ...call, attributes: { ...call.attributes, model } },
  ]
}

test('a run that is removed leaves every table as it was, in a day of its user and of others', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using receiver = await openTestReceiver(place.url)
  await using client = await connect(place.url)
  await using database = await place.open()
  for (const run of [runOf('wf-1', 'ada'), runOf('wf-2', 'bob')])
    expect((await send(tracesRequest(run), receiver.http)).status).toBe(200)
  const before = await everyRowButSums(client)
  expect(before.usage_daily_aggregates).toHaveLength(2)

  for (const model of ['gpt-4o-mini', 'claude-haiku-4-5']) {
    // the run is in two traces, so that its shares have rows of their own
    const [root, call] = runOf('wf-gone', 'ada', model) as [SpanSketch, SpanSketch]
    const again = { ...call, traceId: newTraceId(), attributes: { ...call.attributes, workflow_id: 'wf-gone' } }
    expect((await send(tracesRequest([root, call, again]), receiver.http)).status).toBe(200)
    const during = await everyRowButSums(client)
    expect(during.usage_daily_aggregates).not.toEqual(before.usage_daily_aggregates)
    expect(during['spanledger.shares']).toHaveLength(2)
    await removeRun(database, 'wf-gone')
    expect(await everyRowButSums(client)).toEqual(before)
  }
  expect(await brokenSums(client)).toEqual([])
})

test.each([
  ['hand-v1-plain-trip', 'agent_executions'],
  ['claude-code-http', 'spanledger.reports'],
])('a run of %s, which has rows in %s, and its user are removed whole', async (recording, table) => {
  await using place = await freshPlace('the embedded database')
  await using receiver = await openTestReceiver(place.url, place.settings)
  await using client = await place.connect()
  expect(await sendAll(requestsOf(recording), [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
  const { [table]: rows, task_executions: tasks } = await everyRowButSums(client)
  expect(rows).not.toEqual([])
  expect(tasks).toHaveLength(1)
  const [task] = expectationOf(recording).tasks
  await using database = await openFolder(place.settings.SPANLEDGER_DATA_DIR!)
  await removeRun(database, task!.workflow_id!)
  expect(await removeUser(database, task!.user_id!)).toBe(true)
  expect(Object.entries(await everyRowButSums(client)).filter(([, rows]) => rows.length > 0)).toEqual([])
})

test("days that a platform's trigger has summed up go with the user, and other users stay", async () => {
  await using place = await freshPlace('PostgreSQL')
  await using receiver = await openTestReceiver(place.url)
  await using client = await connect(place.url)
  await using database = await place.open()
  expect((await send(tracesRequest(runOf('wf-1', 'bob')), receiver.http)).status).toBe(200)
  const before = await everyRowButSums(client)
  await client.query(`
    create function sum_day() returns trigger language plpgsql as $$
    begin
      insert into usage_daily_aggregates (user_id, date, total_tasks) values (new.user_id, new.started_at::date, 77);
      return null;
    end $$;
    create trigger sum_day after insert on task_executions for each row execute function sum_day()`)
  await using adopted = await openTestReceiver(place.url)
  expect((await send(tracesRequest(runOf('wf-gone', 'ada')), adopted.http)).status).toBe(200)
  const { rows } = await client.query('select from usage_daily_aggregates where total_tasks = 77')
  expect(rows).toHaveLength(1)
  await removeRun(database, 'wf-gone')
  expect(await removeUser(database, 'ada')).toBe(true)
  expect(await everyRowButSums(client)).toEqual(before)
})

test('a user that a platform has made is not removed', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using receiver = await openTestReceiver(place.url)
  await using client = await connect(place.url)
  await using database = await place.open()
  await client.query("insert into users (external_id) values ('ada')")
  const before = await everyRowButSums(client)
  expect((await send(tracesRequest(runOf('wf-gone', 'ada')), receiver.http)).status).toBe(200)
  await removeRun(database, 'wf-gone')
  await removeUser(database, 'ada')
  expect(await everyRowButSums(client)).toEqual(before)
})
