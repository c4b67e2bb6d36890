import { describe, expect, test } from 'vitest'
import { dumpLedger } from '../support/ledger.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { sendAll } from '../support/send.ts'
import { verifyRecordings } from '../support/verify.ts'

const names = recordingNames()

// Three by default, which takes seconds; `npm run test:seeds` takes ten.
const seeds = Array.from({ length: Number(process.env.SPANLEDGER_TEST_SEEDS ?? 3) }, (_, index) => index + 1)

describe('recordings', () => {
  test.each(names)('%s, as it was recorded, gives the rows that it must', async (name) => {
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    await using client = await connect(database.url)
    expect(await sendAll(requestsOf(name), [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
    expect(await verifyRecordings(client, [name])).toEqual([])
  })

  test('all of them in one database, in order, do not disturb each other', async () => {
    await using database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    await using client = await connect(database.url)
    await sendAll(names.flatMap(requestsOf), [receiver.http])
    expect(await verifyRecordings(client, names)).toEqual([])
    expectBooksBalance(receiver.events.counters())
  })
})

/**
 * Law 2: the rows are a function of the set of spans and records. Each seed is another order, other batches, other
 * duplicates and unfinished versions, through two receivers at once.
 */
test('whatever the network does to them, the rows are the same and right', { timeout: 300_000 }, async () => {
  const pieces = piecesOf(names)
  const ledgers = new Map<string, number>()
  for (const seed of seeds) {
    const requests = rearrange(pieces, { seed, duplicate: 0.3, variants: 0.2 })
    await using database = await freshDatabase()
    await using one = await openTestReceiver(database.url)
    await using two = await openTestReceiver(database.url)
    await using client = await connect(database.url)
    const sent = await sendAll(requests, [one.http, two.http], { parallel: 4 })
    expect(sent, `seed ${seed}`).toMatchObject({ failed: [], rejected: 0 })
    expect(await verifyRecordings(client, names), `seed ${seed}`).toEqual([])
    ledgers.set(await dumpLedger(client), seed)
    for (const receiver of [one, two]) expectBooksBalance(receiver.events.counters())
  }
  expect([...ledgers.values()], 'one ledger, whichever seed').toHaveLength(1)
})

test('sending everything again changes nothing', async () => {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  const requests = names.flatMap(requestsOf)
  await sendAll(requests, [receiver.http])
  const before = await dumpLedger(client)
  const committed = receiver.events.counters().items.traces.committed
  await sendAll(requests, [receiver.http])
  expect(await dumpLedger(client)).toBe(before)
  expect(receiver.events.counters().items.traces.committed).toBe(committed)
})

function expectBooksBalance(counters: { readonly unbalanced: number; readonly items: object }): void {
  expect(counters.unbalanced, JSON.stringify(counters.items)).toBe(0)
}
