import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { spawnReceiver } from '../support/command.ts'
import { brokenSums } from '../support/laws.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { freshPlace, type Place } from '../support/places.ts'
import { connect, freshDatabase, startPostgres } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import type { OtlpRequest } from '../support/recordings.ts'
import { send, sendAll } from '../support/send.ts'

const count = 400
const workflows = Array.from({ length: count }, (_, index) => `wf-${index}`)
const requests = new Map(workflows.map((id) => [id, tracesRequest(smallRun(id))]))

interface Sending {
  readonly stopped: () => boolean
  /** Called with the id of each run that is acknowledged. */
  readonly onAcknowledged: (id: string) => void
  readonly waiting?: IterableIterator<[string, OtlpRequest]>
}

/** Sends one run after the other, four at a time, until none is left or told to stop. */
async function sendUntil(
  baseUrl: string,
  { stopped, onAcknowledged, waiting = requests.entries() }: Sending,
): Promise<void> {
  const worker = async () => {
    for (const [id, request] of waiting) {
      if (stopped()) return
      const { status } = await send(request, baseUrl)
      if (status === 200) onAcknowledged(id)
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
}

/** The workflows that are wholly there: their task with its tokens, their one usage row, their first and last event. */
async function wholeRuns(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ workflow_id: string }>(`
    select workflow_id from task_executions t
    where total_tokens = 15 and status = 'COMPLETED'
      and (select count(*) from token_usage u where u.task_id = t.id) = 1
      and (select count(*) from event_logs e where e.workflow_id = t.workflow_id and type like 'task.%') = 2`)
  return new Set(rows.map((row) => row.workflow_id))
}

async function rowCounts(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query(
    'select (select count(*)::int from task_executions) as tasks, (select count(*)::int from token_usage) as usage',
  )
  return rows[0]
}

/** The embedded database recovers anew after each kill; `npm run test:seeds` kills ten receivers. */
const embeddedKills = Number(process.env.SPANLEDGER_TEST_SEEDS ?? 2)

test.each([
  ['PostgreSQL', 1],
  ['the embedded database', embeddedKills],
] as const)(
  'a receiver on %s that is killed while it works, times %i, has all it acknowledged, nothing by halves',
  async (database, kills) => {
    await using place = await freshPlace(database)
    const acknowledged = new Set<string>()
    const waiting = requests.entries()
    for (let kill = 1; kill <= kills; kill++) {
      await using receiver = await spawnReceiver(place.url, place.settings)
      // what the one before has left, as this one has recovered it
      await expectWhole(place, acknowledged)
      const before = acknowledged.size
      let killed = false
      const onAcknowledged = (id: string) => {
        acknowledged.add(id)
        if (acknowledged.size > before + 10) killed = receiver.process.kill('SIGKILL')
      }
      await sendUntil(receiver.http, { stopped: () => killed, onAcknowledged, waiting })
      await receiver.exited
    }
    expect(acknowledged.size).toBeLessThan(count)

    await using again = await spawnReceiver(place.url, place.settings)
    await expectWhole(place, acknowledged)
    // sending again completes it
    const sent = await sendAll([...requests.values()], [again.http], { parallel: 4 })
    expect(sent).toMatchObject({ ok: count, failed: [], rejected: 0 })
    expect(await expectWhole(place, acknowledged)).toEqual(new Set(workflows))
  },
)

/** Gives the runs that are there. */
async function expectWhole(place: Place, acknowledged: ReadonlySet<string>): Promise<Set<string>> {
  await using client = await place.connect()
  const there = await wholeRuns(client)
  expect([...acknowledged].filter((id) => !there.has(id))).toEqual([])
  expect(await rowCounts(client)).toEqual({ tasks: there.size, usage: there.size })
  expect(await brokenSums(client)).toEqual([])
  return there
}

describe('a database that goes away', () => {
  test('while spans arrive: senders are asked to try again, and then everything is there, once', async () => {
    await using postgres = await startPostgres()
    await using receiver = await openTestReceiver(postgres.url, {
      SPANLEDGER_ANSWER_TIMEOUT_MS: '1000',
      SPANLEDGER_BEGIN_WITHIN_MS: '500',
    })
    const answered = () => receiver.counters().items.traces
    const sending = sendAll([...requests.values()], [receiver.http], { parallel: 4 })
    await expect.poll(() => answered().committed, { interval: 5 }).toBeGreaterThan(count / 8)
    await postgres.stop()
    await expect.poll(() => answered().givenBack).toBeGreaterThan(0)
    const away = await send(tracesRequest(smallRun('wf-away')), receiver.http)
    expect(away.status).toBe(503)
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    await postgres.start()
    const sent = await sending
    expect(sent).toMatchObject({ ok: count, failed: [], rejected: 0 })
    expect(sent.retried).toBeGreaterThan(0)
    await using client = await connect(postgres.url)
    expect(await wholeRuns(client)).toEqual(new Set(workflows))
    expect(await rowCounts(client)).toEqual({ tasks: count, usage: count })
    expect(receiver.log.join()).toContain('the database is away')
  })

  test('for less time than an answer has, is not noticed by senders', async () => {
    await using postgres = await startPostgres()
    await using receiver = await openTestReceiver(postgres.url)
    await sendAll([tracesRequest(smallRun('wf-before'))], [receiver.http])
    await postgres.stop()
    const answer = send(tracesRequest(smallRun('wf-during')), receiver.http)
    await expect.poll(() => receiver.log.join()).toContain('the database is away')
    await postgres.start()
    expect((await answer).status).toBe(200)
    await using client = await connect(postgres.url)
    expect(await wholeRuns(client)).toEqual(new Set(['wf-before', 'wf-during']))
  })
})

describe.each(['SIGTERM', 'SIGINT'] as const)('a receiver that gets %s', (signal) => {
  test('finishes what is in flight, takes nothing more, and ends with 0', async () => {
    await using database = await freshDatabase()
    await using client = await connect(database.url)
    await using receiver = await spawnReceiver(database.url)
    const acknowledged = new Set<string>()
    let signalled = false
    let stopping = false
    const onAcknowledged = (id: string) => {
      acknowledged.add(id)
      if (!signalled && acknowledged.size > count / 8) signalled = receiver.process.kill(signal)
    }
    const sending = sendUntil(receiver.http, { stopped: () => stopping, onAcknowledged })
    const code = await receiver.exited
    stopping = true
    await sending
    expect(code, receiver.output()).toBe(0)
    const there = await wholeRuns(client)
    expect([...acknowledged].filter((id) => !there.has(id))).toEqual([])
    // What was committed was answered too: nobody was cut off.
    expect(there.size).toBe(acknowledged.size)
    expect((await send(tracesRequest(smallRun('wf-late')), receiver.http)).status).toBe(0)
  })
})
