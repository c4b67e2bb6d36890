import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Facts, Usage } from '../../../src/map/facts/facts.ts'
import type { CallIndex, ReportedCall } from '../../../src/settle/model/time/call-index.ts'
import { SmallMap } from '../../../src/settle/small/small-map.ts'
import { countersKey, duplicatesOf, matchDuplicates, responseKey } from '../../../src/settle/usage/deduplicate-calls.ts'
import { at, call, record, usage } from '../facts.ts'
import { byStart, lesserTwins } from '../oracle.ts'

interface Call extends ReportedCall<Call> {}

function reported(facts: Facts): Call {
  return {
    facts,
    usageState: { hasSameCallBelow: false, responseId: null, trust: 0, duplicateOf: null, duplicates: null },
  }
}

function match(index: CallIndex<Call>, calls: readonly Call[]): Set<Call> {
  return matchDuplicates(index, calls, ({ facts }) => facts.usage!)
}

const newIndex = (): CallIndex<Call> => ({ callsByResponseId: new SmallMap(), callsByCounters: new SmallMap() })
const number = ({ facts }: Call) => Number(facts.id.slice(0, 16))

/** By the number of each duplicate: the number of the report that counts, whatever the order in which they arrive. */
function duplicates(...facts: Facts[]): Record<number, number> {
  const results = [facts, facts.toReversed()]
    .flatMap((order) => [[order], order.map((one) => [one])])
    .map((batches) => {
      const index = newIndex()
      const calls = batches.map((batch) => batch.map(reported))
      for (const batch of calls) match(index, batch)
      const pairs = calls.flat().flatMap((one) => {
        const { duplicateOf } = one.usageState
        return duplicateOf === null ? [] : [[number(one), number(duplicateOf)] as const]
      })
      return Object.fromEntries(pairs)
    })
  for (const result of results) expect(result).toEqual(results[0])
  return results[0]!
}

/** A report of the call 1 to 2 seconds after the start, by this origin. */
function by(origin: string, n: number, other: Partial<Usage> = {}, facts: Partial<Facts> = {}): Facts {
  return call(n, 0, other, { origin, startNs: at(1), ...facts })
}

const id = { responseId: 'r1' }

describe('by response id', () => {
  test('two reports of different origins are one call, whatever their counters and times', () => {
    expect(duplicates(by('a', 1, id), by('b', 2, { ...id, prompt: 7 }, { startNs: at(90) }))).toEqual({ 2: 1 })
  })

  test('two reports of one origin are two calls', () => {
    expect(duplicates(by('a', 1, id), by('a', 2, id))).toEqual({})
  })

  test('a span and a record of one scope have different origins', () => {
    const log = record(2, 0, { usage: usage(id), origin: 'a', kind: 'llm' })
    expect(duplicates(by('a', 1, id), log)).toEqual({ 2: 1 })
  })

  test('reports with different ids are different calls, though all else is equal', () => {
    expect(duplicates(by('a', 1, id), by('b', 2, { responseId: 'r2' }))).toEqual({})
  })

  test('reports of different classes are different calls', () => {
    expect(duplicates(by('a', 1, id), by('b', 2, { ...id, class: 'embedding' }))).toEqual({})
  })

  test('the k-th reports of all origins are one call, in the order of time', () => {
    const facts = [
      by('a', 1, id),
      by('a', 2, id, { startNs: at(5) }),
      by('b', 3, id),
      by('b', 4, id, { startNs: at(5) }),
    ]
    expect(duplicates(...facts)).toEqual({ 3: 1, 4: 2 })
  })
})

describe('by counters and time', () => {
  test('a report without a response id is one call with an overlapping one of another origin', () => {
    expect(duplicates(by('a', 1), by('b', 2))).toEqual({ 2: 1 })
    expect(duplicates(by('a', 1, id), by('b', 2))).toEqual({ 2: 1 })
  })

  test('other counters, another class and one origin make two calls', () => {
    expect(duplicates(by('a', 1), by('b', 2, { completion: 7 }))).toEqual({})
    expect(duplicates(by('a', 1), by('b', 2, { class: 'rerank' }))).toEqual({})
    expect(duplicates(by('a', 1), by('a', 2))).toEqual({})
  })

  test('intervals overlap if they touch', () => {
    expect(duplicates(by('a', 1), by('b', 2, {}, { startNs: at(2), endNs: at(3) }))).toEqual({ 2: 1 })
    expect(duplicates(by('a', 1), by('b', 2, {}, { startNs: at(2) + 1n, endNs: at(3) }))).toEqual({})
    const later = by('a', 1, id, { startNs: at(2), endNs: at(3) })
    expect(duplicates(later, by('b', 2))).toEqual({ 2: 1 })
    expect(duplicates(later, by('b', 2, {}, { endNs: at(2) - 1n }))).toEqual({})
  })

  test('a record reaches one second around its time', () => {
    const log = (seconds: number) => record(3, 0, { usage: usage(), startNs: at(seconds), kind: 'llm' })
    expect([0, 3].map((seconds) => duplicates(by('a', 1), log(seconds)))).toEqual([{ 3: 1 }, { 3: 1 }])
    expect([-0.01, 3.01].map((seconds) => duplicates(by('a', 1), log(seconds)))).toEqual([{}, {}])
  })

  test('reports are paired one to one, in the order of time', () => {
    const later = { startNs: at(1.5), endNs: at(3) }
    const facts = [by('a', 1), by('a', 2, {}, later), by('b', 3), by('b', 4, {}, later)]
    expect(duplicates(...facts)).toEqual({ 3: 1, 4: 2 })
  })

  test('one that joins no call by its time is a call, which a third may join', () => {
    const facts = [by('a', 1, id), by('b', 2, {}, { startNs: at(10) }), by('c', 3, {}, { startNs: at(10) })]
    expect(duplicates(...facts)).toEqual({ 3: 2 })
  })
})

test('a report joins the earliest call that it may be', () => {
  const long = { startNs: at(1), endNs: at(9) }
  const facts = [
    by('a', 1, id, { startNs: at(5), endNs: at(9) }),
    by('a', 2, {}, long),
    by('c', 3, {}, { startNs: at(6), endNs: at(7) }),
  ]
  expect(duplicates(...facts)).toEqual({ 3: 2 })
  const later = [
    by('a', 1, id, long),
    by('a', 2, {}, { startNs: at(5), endNs: at(9) }),
    by('c', 3, {}, { startNs: at(6), endNs: at(7) }),
  ]
  expect(duplicates(...later)).toEqual({ 3: 1 })
})

describe('the best report counts', () => {
  const best = (one: Partial<Usage>, oneFacts: Partial<Facts>, other: Partial<Usage>, otherFacts: Partial<Facts>) =>
    duplicates(by('a', 1, one, oneFacts), by('b', 2, other, otherFacts))

  test('that with more trust', () => {
    expect(best({ trust: 10 }, { spanKind: 3 }, { trust: 20 }, {})).toEqual({ 1: 2 })
  })

  test('of equal trust a span before a record', () => {
    const log = record(1, 0, { usage: usage(), startNs: at(1), kind: 'llm', id: '0000000000000001' })
    expect(duplicates(log, by('b', 2))).toEqual({ 1: 2 })
  })

  test('then by the span kind: CLIENT, INTERNAL, SERVER, then the others', () => {
    const kinds = [3, 1, 2, 5]
    const pairs = kinds.flatMap((better, i) => kinds.slice(i + 1).map((worse) => [better, worse] as const))
    for (const [better, worse] of pairs)
      expect(best({}, { spanKind: worse }, {}, { spanKind: better })).toEqual({ 1: 2 })
  })

  test('then that with the smaller id', () => {
    expect(best({}, {}, {}, {})).toEqual({ 2: 1 })
  })
})

test('a call that a call below covers takes no part', () => {
  const [covered, other] = [reported(by('a', 1)), reported(by('b', 2))]
  match(newIndex(), [{ ...covered, usageState: { ...covered.usageState, hasSameCallBelow: true } }, other])
  expect(other.usageState.duplicateOf).toBeNull()
})

test('usages that are no calls are not matched', () => {
  expect(duplicates(by('a', 1, { role: 'aggregate' }), by('b', 2, { role: 'aggregate' }))).toEqual({})
})

test('the calls whose better report changed are returned, with the old and the new one', () => {
  const index = newIndex()
  const [one, two, best] = [by('a', 1), by('b', 2), by('c', 3, { trust: 40 })].map(reported) as [Call, Call, Call]
  expect(match(index, [one])).toEqual(new Set())
  expect(match(index, [two])).toEqual(new Set([two, one]))
  expect(match(index, [best])).toEqual(new Set([one, two, best]))
  expect(match(index, [one, two, best])).toEqual(new Set())
  expect(new Set(duplicatesOf(best))).toEqual(new Set([one, two]))
  expect(duplicatesOf(one)).toEqual([])
})

test('a call that takes another response id leaves the calls of the old one', () => {
  const index = newIndex()
  const [one, two] = [by('a', 1, id), by('b', 2, { ...id, prompt: 7 })].map(reported) as [Call, Call]
  match(index, [one, two])
  expect(two.usageState.duplicateOf).toBe(one)
  const moved = matchDuplicates(index, [two], () => ({ responseId: 'r2', trust: 30 }))
  expect(moved).toEqual(new Set([two, one]))
  expect([two.usageState.duplicateOf, two.usageState.responseId]).toEqual([null, 'r2'])
})

test('a call that takes another response id leaves its place to the next of its origin', () => {
  const index = newIndex()
  const [one, two, next] = [
    by('a', 1, id),
    by('b', 2, { ...id, prompt: 7 }),
    by('b', 3, { ...id, prompt: 8 }, { startNs: at(5) }),
  ].map(reported) as [Call, Call, Call]
  match(index, [one, two, next])
  expect([two, next].map(({ usageState }) => usageState.duplicateOf)).toEqual([one, null])
  matchDuplicates(index, [two], () => ({ responseId: 'r2', trust: 30 }))
  expect([two, next].map(({ usageState }) => usageState.duplicateOf)).toEqual([null, one])
})

test('a duplicate that a call below covers is none any more', () => {
  const index = newIndex()
  const [one, two] = [by('a', 1), by('b', 2)].map(reported) as [Call, Call]
  match(index, [one, two])
  const covered = two as { usageState: { hasSameCallBelow: boolean } }
  covered.usageState.hasSameCallBelow = true
  expect(match(index, [two])).toEqual(new Set([two, one]))
  expect(two.usageState.duplicateOf).toBeNull()
})

test('the duplicates of a call are found by its response id and by its counters', () => {
  const index = newIndex()
  const calls = [by('a', 1, id), by('b', 2, { ...id, prompt: 7 }), by('c', 3)].map(reported)
  match(index, calls)
  expect(duplicatesOf(calls[0]!).map(number).sort()).toEqual([2, 3])
})

/** Many calls with few counters, ids and origins, seconds apart or at once. */
const manyCalls = fc
  .array(
    fc.record({
      origin: fc.constantFrom('a', 'b', 'c'),
      responseId: fc.constantFrom(null, null, null, null, 'r1', 'r2', 'r3'),
      prompt: fc.constantFrom(7, 7, 7, 8),
      seconds: fc.nat(120),
      length: fc.constantFrom(0, 1, 2, 9),
    }),
    { minLength: 20, maxLength: 60 },
  )
  .map((all) =>
    all.map(({ origin, responseId, prompt, seconds, length }, n) => {
      const startNs = at(seconds)
      const endNs = startNs + BigInt(length) * 1_000_000_000n
      return by(origin, n + 1, { responseId, prompt }, { startNs, endNs })
    }),
  )

test('many calls are matched as the rules want, in any order and batches', () => {
  fc.assert(
    fc.property(
      manyCalls.chain((all) =>
        fc.tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.integer({ min: 1, max: 9 })),
      ),
      ([arrived, size]) => {
        const index = newIndex()
        const calls = arrived.map(reported)
        for (let i = 0; i < calls.length; i += size) match(index, calls.slice(i, i + size))
        const lesser = lesserTwins(arrived.toSorted(byStart))
        for (const one of calls) {
          const best = lesser.get(one.facts as Facts) ?? null
          expect(one.usageState.duplicateOf?.facts ?? null).toBe(best)
          const twins = calls.filter(({ usageState }) => usageState.duplicateOf === one)
          expect(new Set(duplicatesOf(one))).toEqual(new Set(twins))
        }
      },
    ),
  )
})

test('the stored keys of reports keep their format', () => {
  expect(countersKey(usage())).toBe('chat 100 20')
  expect(responseKey(usage(), 'r1')).toBe('chat r1')
})
