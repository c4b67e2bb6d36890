import fc from 'fast-check'
import { expect, test } from 'vitest'
import { closeFacts } from '../../src/map/close.ts'
import type { Facts, RunClose } from '../../src/map/facts/facts.ts'
import { arrivals, factSets } from '../settle/arbitrary.ts'
import { clientOf } from '../support/embedded.ts'
import { freshLedger } from '../support/fresh-ledger.ts'
import { brokenSums } from '../support/laws.ts'
import { playReceivers } from '../support/play-receivers.ts'
import { propertyRuns } from '../support/property-runs.ts'

const runs = propertyRuns(8)
const statuses: readonly RunClose['status'][] = ['COMPLETED', 'FAILED', 'CANCELLED']

/** Closes of the runs that spans name, and of those that only a trace names, at any time. */
function closesOf(set: readonly Facts[]): fc.Arbitrary<Facts[]> {
  const places = [
    ...['wf-1', 'wf-2'].map((workflow) => ({ workflow, trace: null })),
    ...[...new Set(set.map(({ trace }) => trace))].map((trace) => ({ workflow: trace, trace })),
  ]
  const close = fc
    .record({
      place: fc.constantFrom(...places),
      status: fc.constantFrom(...statuses),
      reason: fc.constantFrom(null, 'lost'),
      statedNs: fc.constantFrom(...set.flatMap(({ startNs, endNs }) => [startNs, endNs + 1n])),
    })
    .map(({ place, statedNs, ...rest }) => closeFacts({ ...place, ...rest, statedNs, endNs: statedNs }))
  return fc.array(close, { minLength: 1, maxLength: 4 })
}

const cases = factSets.chain((set) =>
  closesOf(set).chain((closes) => {
    const all = [...set, ...closes]
    return fc.tuple(arrivals(all), arrivals(all))
  }),
)

test('laws 2 and 4: closes that come before, among and after the spans of their runs make one ledger', async () => {
  await using ledger = await freshLedger()
  const { database } = ledger
  const client = clientOf(database)
  let closed = 0
  const property = fc.asyncProperty(cases, async ([one, other]) => {
    const play = (batches: readonly (readonly Facts[])[]) =>
      playReceivers({ database, memories: [0, 100_000], mayLoseText: 'tool.%' }, batches)
    const expected = await play(one)
    expect(await play(other)).toBe(expected)
    expect(await brokenSums(client)).toEqual([])
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from task_executions where metadata -> 'closed' is not null",
    )
    closed += rows[0]!.n
  })
  await fc.assert(property, { numRuns: runs, endOnFailure: true })
  // few sets of spans leave a run without an end, so a set may take several tries
  for (let tries = 0; closed === 0 && tries < 50; tries++) await fc.assert(property, { numRuns: 1, endOnFailure: true })
  expect(closed).toBeGreaterThan(0)
})
