import { expect, test } from 'vitest'
import type { Counters } from '../support/counted-events.ts'
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
  // the order of the first seed below is enough for the database that takes longer
  if (name === 'PostgreSQL')
    test('in order, do not disturb each other', async () => {
      await using place = await freshPlace(name)
      await using receiver = await openTestReceiver(place.url, place.settings)
      await using client = await place.connect()
      await sendAll(names.flatMap(requestsOf), [receiver.http])
      expect(await verifyRecordings(client, names)).toEqual([])
      expectBooksBalance(receiver.counters())
    })

  /**
   * Law 2: the rows are a function of the set of spans and records. Each seed is another order, other batches, other
   * duplicates and unfinished versions, through two receivers at once where the database can have two. In the end all
   * comes once more, as it was recorded.
   */
  test('whatever the network does to them, give the same rows, which are right, and sent again change nothing', async () => {
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
      const ledger = await dumpLedger(client)
      ledgers.set(ledger, seed)
      if (seed === 1) {
        const committed = committedBy(receivers)
        await sendAll(names.flatMap(requestsOf), baseUrls)
        expect(await dumpLedger(client)).toBe(ledger)
        expect(committedBy(receivers)).toBe(committed)
      }
      for (const receiver of receivers) expectBooksBalance(receiver.counters())
    }
    expect([...ledgers.values()], 'one ledger, whichever seed').toHaveLength(1)
  })
}

function committedBy(receivers: readonly { readonly counters: () => Counters }[]): number {
  return receivers.reduce((sum, { counters }) => sum + counters().items.traces.committed, 0)
}

function expectBooksBalance(counters: { readonly unbalanced: number; readonly items: object }): void {
  expect(counters.unbalanced, JSON.stringify(counters.items)).toBe(0)
}
