import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { outcomeOf, runCommand, spawnReceiver } from '../../support/command.ts'
import { everyRowButSums } from '../../support/every-row.ts'
import { brokenSums } from '../../support/laws.ts'
import { newTraceId, type SpanSketch, smallRun, tracesRequest } from '../../support/otlp.ts'
import { databases, freshPlace } from '../../support/places.ts'
import { connect, freshDatabase } from '../../support/postgres.ts'
import { requestsOf } from '../../support/recordings.ts'
import { send, sendAll } from '../../support/send.ts'

const noonMs = Date.UTC(2026, 0, 15, 12)

function runOf(workflow: string, user: string, session = 's-1'): SpanSketch[] {
  const [root, call] = smallRun(workflow, noonMs) as [SpanSketch, SpanSketch]
  return [{ ...root, attributes: { ...root.attributes, user_id: user, session_id: session } }, call]
}

/** The tables that keep what nobody can read: hashes. */
function withoutTombstones(rows: Record<string, string[]>): Record<string, string[]> {
  const { 'spanledger.tombstones': _, 'spanledger.tombstone_keys': __, ...others } = rows
  return others
}

test.each(databases)(
  'forget leaves every table of %s as it was before, and late duplicates change nothing',
  async (name) => {
    await using place = await freshPlace(name)
    const settings = { DATABASE_URL: place.url, ...place.settings }
    await using receiver = await spawnReceiver(place.url, place.settings)
    await using client = await place.connect()
    const post = (spans: SpanSketch[]) => send(tracesRequest(spans), receiver.http)
    await post(runOf('wf-1', 'ada', 's-0'))
    const one = withoutTombstones(await everyRowButSums(client))
    const ofBob = [...runOf('wf-2', 'bob'), ...runOf('wf-3', 'bob', 's-2')]
    await post(ofBob)
    await post([{ ...ofBob[0]!, name: '', traceId: '0'.repeat(32) }])

    const dry = await outcomeOf(['forget', '--user', 'bob', '--dry-run', '--json'], settings)
    const counted = JSON.parse(dry.output)
    expect(counted).toMatchObject({ runs: 2 })
    expect(counted.tables).toContainEqual({ table: 'task_executions', rows: 2, foreign: 0 })
    expect(counted.tables).toContainEqual({ table: 'users', rows: 1, foreign: 0 })
    expect((await everyRowButSums(client)).task_executions).toHaveLength(3)

    const session = await outcomeOf(['forget', '--session', 's-2'], settings)
    expect(session).toMatchObject({
      code: 0,
      output: expect.stringContaining('Forgotten is the session s-2, with 1 runs'),
    })
    expect((await everyRowButSums(client)).task_executions).toHaveLength(2)
    const user = await outcomeOf(['forget', '--user', 'bob'], settings)
    expect(user).toMatchObject({ code: 0, output: expect.stringMatching(/^task_executions +1 /m) })
    const { 'spanledger.refused_spans': __, ...left } = withoutTombstones(await everyRowButSums(client))
    expect({ ...left, 'spanledger.refused_spans': [] }).toEqual(one)
    expect(await brokenSums(client)).toEqual([])

    await post(ofBob)
    await post([ofBob[3]!])
    const { 'spanledger.refused_spans': ___, ...again } = withoutTombstones(await everyRowButSums(client))
    expect({ ...again, 'spanledger.refused_spans': [] }).toEqual(one)
    for (const id of ['bob', 'nobody'])
      expect(await outcomeOf(['forget', '--user', id], settings)).toEqual({
        code: 1,
        output: expect.stringMatching(`^Nothing is known of the user ${id} in `),
      })
    expect(await outcomeOf(['forget', '--workflow', 'wf-9'], settings)).toMatchObject({ code: 1 })
    expect(await outcomeOf(['forget'], settings)).toMatchObject({ code: 2 })
    expect(await outcomeOf(['forget', '--workflow', 'a', '--user', 'b'], settings)).toMatchObject({ code: 2 })

    // whoever goes on after that begins anew
    await post(runOf('wf-4', 'bob'))
    const { rows } = await client.query('select count(*)::int as tasks from task_executions')
    expect(rows).toEqual([{ tasks: 2 }])
  },
)

test('a coding agent goes on with a session that was forgotten, and what it sent before stays forgotten', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await using receiver = await spawnReceiver(database.url)
  await using client = await connect(database.url)
  const requests = requestsOf('claude-code-http')
  await sendAll(requests, [receiver.http])
  const { rows } = await client.query<{ workflow_id: string }>('select workflow_id from task_executions')
  expect(rows).toHaveLength(1)
  expect(await outcomeOf(['forget', '--workflow', rows[0]!.workflow_id], settings)).toMatchObject({ code: 0 })
  const left = withoutTombstones(await everyRowButSums(client))
  await sendAll([...requests].reverse(), [receiver.http])
  expect(withoutTombstones(await everyRowButSums(client))).toEqual(left)
  expect(left.event_logs).toEqual([])
  expect(left['spanledger.ledger']).toEqual([])
})

test('rows of a platform stay and are named, and the run under them goes', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await using receiver = await spawnReceiver(database.url)
  await using client = await connect(database.url)
  await client.query("insert into users (external_id) values ('ada')")
  await client.query(
    "insert into task_executions (workflow_id, query, status, started_at) values ('wf-1', 'q', 'RUNNING', '2026-01-15 12:00Z')",
  )
  const before = withoutTombstones(await everyRowButSums(client))
  await send(tracesRequest(runOf('wf-1', 'ada')), receiver.http)
  const { code, output } = await outcomeOf(['forget', '--user', 'ada'], settings)
  expect(output).toContain('Rows that Spanledger has not made stay: 1 in users, 1 in task_executions\n')
  expect(code).toBe(0)
  expect(withoutTombstones(await everyRowButSums(client))).toEqual(before)
  expect(await outcomeOf(['forget', '--workflow', 'wf-1'], settings)).toMatchObject({ code: 1 })
})

test('a forget that is killed is finished by the next call, while two receivers write', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await using one = await spawnReceiver(database.url)
  await using two = await spawnReceiver(database.url)
  await using client = await connect(database.url)
  const ofZoe = Array.from({ length: 60 }, (_, i) => runOf(`zoe-${i}`, 'zoe'))
  // a trace of its own that zoe's and bob's runs share
  const trace = newTraceId()
  const shared = [runOf('zoe-shared', 'zoe'), runOf('bob-shared', 'bob')]
    .flat()
    .map((span) => ({ ...span, traceId: trace }))
  for (const spans of [...ofZoe, shared]) await send(tracesRequest(spans), one.http)
  const tasksOf = async (user: string) => {
    const { rows } = await client.query<{ n: number }>(
      'select count(*)::int as n from task_executions t join users u on u.id = t.user_id where external_id = $1',
      [user],
    )
    return rows[0]!.n
  }
  expect(await tasksOf('zoe')).toBe(61)
  let isWriting = true
  const writing = Promise.all(
    [one, two].map(async ({ http }, k) => {
      for (let i = 0; isWriting; i++) {
        await send(tracesRequest(runOf(`bob-${k}-${i}`, 'bob')), http)
        await send(tracesRequest(ofZoe[i % ofZoe.length]!.slice(k)), http)
      }
    }),
  )
  {
    await using killed = runCommand(['forget', '--user', 'zoe'], settings)
    while ((await tasksOf('zoe')) === 61) await pause(2)
    killed.process.kill('SIGKILL')
    await killed.exited
  }
  const left = await tasksOf('zoe')
  expect(left).toBeGreaterThan(0)
  expect(await outcomeOf(['forget', '--user', 'zoe'], settings)).toMatchObject({ code: 0 })
  isWriting = false
  await writing
  expect(await tasksOf('zoe')).toBe(0)
  expect(await tasksOf('bob')).toBeGreaterThan(1)
  expect(await brokenSums(client)).toEqual([])
  const rows = await everyRowButSums(client)
  expect(
    Object.values(rows)
      .flat()
      .filter((line) => line.includes('zoe')),
  ).toEqual([])
  expect(rows.users).toHaveLength(1)
})
