import { expect, test } from 'vitest'
import type { RunRow } from '../../src/queries/rows/run-rows.ts'
import { openChangeChannel } from '../../src/store/change-channel.ts'
import type { LiveStream } from '../../src/web/answers/streams.ts'
import { hasBouncer, startBouncer } from '../support/bouncer.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { send } from '../support/send.ts'
import { openStream, rowsOf } from './ask.ts'

/** Sends runs to one receiver, and returns how long each took to come on the stream of another one, in milliseconds. */
async function delaysOf(sender: string, reader: string, runs: number): Promise<number[]> {
  const stream = await openStream(reader, '/api/live')
  const messages = stream.messages()
  const delays: number[] = []
  for (let i = 0; i < runs; i++) {
    const sentMs = performance.now()
    expect((await send(tracesRequest(smallRun(`run-${i}`)), sender)).status).toBe(200)
    for (let found = false; !found; ) {
      const { value, done } = await messages.next()
      if (done) throw new Error('the stream has ended')
      if (value.event !== 'runs') continue
      const { columns, rows } = value.data as LiveStream['runs']
      found = rowsOf<RunRow>({ columns, rows }).some(({ workflow_id: id }) => id === `run-${i}`)
    }
    delays.push(performance.now() - sentMs)
  }
  stream.close()
  return delays
}

test('a change that one process notes reaches those that follow the tenant in another one', async () => {
  await using place = await freshDatabase()
  const options = { url: place.url, connectTimeoutMs: 60_000 }
  await using one = openChangeChannel(options)
  await using two = openChangeChannel(options)
  const heard: string[] = []
  two.follow('acme', () => heard.push('acme'))
  two.follow('globex', () => heard.push('globex'))
  // noted again, because what is noted before the other one listens is lost
  await expect
    .poll(
      () => {
        one.note('acme')
        return heard.length
      },
      { timeout: 30_000, interval: 50 },
    )
    .toBeGreaterThan(0)
  expect(new Set(heard)).toEqual(new Set(['acme']))
})

test('a run that one bridge commits is on the stream of another one within a second', async () => {
  await using place = await freshDatabase()
  await using one = await openTestReceiver(place.url)
  await using two = await openTestReceiver(place.url)
  // the fastest of some: other tests have the machine meanwhile
  expect(Math.min(...(await delaysOf(one.http, two.http, 3)))).toBeLessThan(1_000)
})

test.skipIf(!hasBouncer)(
  'through PgBouncer, where announcements are lost, a stream has all runs by looking',
  async () => {
    await using place = await freshDatabase()
    await using bouncer = await startBouncer(place.url, 10)
    await using one = await openTestReceiver(place.url)
    await using two = await openTestReceiver(bouncer.url)
    expect(await delaysOf(one.http, two.http, 2)).toHaveLength(2)
  },
)
