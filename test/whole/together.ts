import { expect, test } from 'vitest'
import { dumpLedger } from '../support/ledger.ts'
import { type databases, freshPlace } from '../support/places.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { sendAll } from '../support/send.ts'
import { verifyRecordings } from '../support/verify.ts'

const names = recordingNames()

/** By default fewer of the embedded database, which takes longer; `npm run test:seeds` takes ten of each. */
function seedsFor(name: (typeof databases)[number]): number[] {
  const length = Number(process.env.SPANLEDGER_TEST_SEEDS ?? (name === 'PostgreSQL' ? 2 : 1))
  return Array.from({ length }, (_, index) => index + 1)
}

/** Tests of all recordings in one database of this kind; a file for each, since they take longest of all. */
export function testTogether(name: (typeof databases)[number]): void {
  test('in order, do not disturb each other, and sent again change nothing', async () => {
    await using place = await freshPlace(name)
    await using receiver = await openTestReceiver(place.url, place.settings)
    await using client = await place.connect()
    const requests = names.flatMap(requestsOf)
    await sendAll(requests, [receiver.http])
    expect(await verifyRecordings(client, names)).toEqual([])
    const before = await dumpLedger(client)
    const { committed } = receiver.counters().items.traces
    await sendAll(requests, [receiver.http])
    expect(await dumpLedger(client)).toBe(before)
    expect(receiver.counters().items.traces.committed).toBe(committed)
    expectBooksBalance(receiver.counters())
  })

  /**
   * Law 2: the rows are a function of the set of spans and records. Each seed is another order, other batches, other
   * duplicates and unfinished versions, through two receivers at once where the database can have two.
   */
  test('whatever the network does to them, give the same rows, which are right', async () => {
    const pieces = piecesOf(names)
    const ledgers = new Map<string, number>()
    for (const seed of seedsFor(name)) {
      const requests = rearrange(pieces, { seed, duplicate: 0.3, variants: 0.2 })
      await using place = await freshPlace(name)
      await using one = await openTestReceiver(place.url, place.settings)
      await using two = name === 'PostgreSQL' ? await openTestReceiver(place.url, place.settings) : null
      await using client = await place.connect()
      const receivers = two === null ? [one] : [one, two]
      const baseUrls = receivers.map(({ http }) => http)
      const sent = await sendAll(requests, baseUrls, { parallel: 4 })
      expect(sent, `seed ${seed}`).toMatchObject({ failed: [], rejected: 0 })
      expect(await verifyRecordings(client, names), `seed ${seed}`).toEqual([])
      ledgers.set(await dumpLedger(client), seed)
      for (const receiver of receivers) expectBooksBalance(receiver.counters())
    }
    expect([...ledgers.values()], 'one ledger, whichever seed').toHaveLength(1)
  })
}

function expectBooksBalance(counters: { readonly unbalanced: number; readonly items: object }): void {
  expect(counters.unbalanced, JSON.stringify(counters.items)).toBe(0)
}
