import { expect, test } from 'vitest'
import { decode } from '../../src/decode/decode.ts'
import { canonicalDigest } from '../../src/decode/digest.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapSpan } from '../../src/map/span.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { randomNumbers, shuffled, slices } from '../support/replay.ts'
import { expectSums, play, snapshot } from './play.ts'

const options = { digest: canonicalDigest }

/** By default one order for each size of batch, which takes seconds; `npm run test:seeds` takes a hundred orders. */
const orders = Array.from({ length: Number(process.env.SPANLEDGER_TEST_ORDERS ?? 4) }, (_, index) => index + 1)
const batchSizes = [1, 2, 3, 4]

function factsOf(recording: string): Facts[] {
  return requestsOf(recording).flatMap(({ signal, format, body }) => {
    const { spans, records } = decode(signal, format, body)
    return [...spans.map((span) => mapSpan(span, options)), ...records.map((record) => mapRecord(record, options))]
  })
}

test.each(recordingNames())('%s: any order and batches of 1 to 4 make the same rows', { timeout: 600_000 }, (name) => {
  const facts = factsOf(name)
  const whole = snapshot(play([facts]))
  for (const seed of orders) {
    const batches = slices(shuffled(facts, randomNumbers(seed)), batchSizes[seed % batchSizes.length]!)
    expect(snapshot(play(batches, expectSums)), `seed ${seed}`).toEqual(whole)
  }
})
