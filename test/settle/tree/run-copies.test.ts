import { expect, test } from 'vitest'
import type { Facts, RunPart } from '../../../src/map/facts/facts.ts'
import { isLosingCopy } from '../../../src/settle/tree/run-copies.ts'
import { at, event, nodeOf, settled, span } from '../facts.ts'

const end: RunPart = { role: 'end', run: 'r1', activity: null, passesOn: false }

/** A span of a run that fails; all start in the same moment. */
function copy(n: number, endS: number, other: Partial<Facts> = {}): Facts {
  return span(n, 9, {
    kind: 'workflow',
    name: 'RunWorkflow:Trip',
    startNs: at(1),
    endNs: at(endS),
    outcome: 'error',
    run: end,
    events: [event('exception', endS, { timeNs: at(endS) })],
    ...other,
  })
}

/** The spans whose events are rows, whichever order the facts came in. */
function withEvents(...facts: Facts[]): string[] {
  const orders = [[facts], facts.map((one) => [one]), facts.toReversed().map((one) => [one])]
  const [first, ...others] = orders.map((batches) =>
    [...settled(...batches).trace.nodes.values()]
      .flatMap(({ rows, facts: { id } }) => (rows!.events.length > 0 ? [id.slice(-1)] : []))
      .sort(),
  )
  for (const other of others) expect(other).toEqual(first)
  return first!
}

test('of the copies of a run that ended, only the one that ends first has events', () => {
  expect(withEvents(copy(1, 3), copy(2, 8), copy(3, 6))).toEqual(['1'])
  const { trace } = settled([copy(1, 8), copy(2, 3)])
  expect([1, 2].map((n) => isLosingCopy(trace, nodeOf(trace, n)))).toEqual([true, false])
})

test('a success goes before a failure that ended earlier', () => {
  expect(withEvents(copy(1, 3), copy(2, 8, { outcome: 'ok' }))).toEqual(['2'])
})

test('another run, another start, another name or no end makes no copy', () => {
  const others = [
    { run: { ...end, run: 'r2' } },
    { startNs: at(2) },
    { name: 'RunWorkflow:Other' },
    { run: { ...end, role: 'inside' } },
    { run: { ...end, run: null } },
    { run: null },
  ] as const
  for (const other of others) expect(withEvents(copy(1, 3), copy(2, 8, other))).toEqual(['1', '2'])
})

test('a better version of a copy decides anew', () => {
  const before = [copy(1, 3), copy(2, 4)]
  expect(withEvents(...before, copy(1, 5, { digest: 'f'.repeat(64) }))).toEqual(['2'])
})
