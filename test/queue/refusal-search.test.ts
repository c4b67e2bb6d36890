import { describe, expect, test } from 'vitest'
import type { Facts } from '../../src/map/facts/facts.ts'
import { searchRefused } from '../../src/queue/refusal-search.ts'
import { callFacts, chosen } from '../support/facts.ts'

const size = 4_096
const all = Array.from({ length: size }, (_, number) => callFacts(number))

/** Refuses `bad` facts without naming them, unless `names` is set; counts transactions. */
function fakeDatabase(bad: ReadonlySet<Facts>, names = false) {
  const counted = { transactions: 0, facts: 0 }
  return {
    counted,
    options: {
      commit: async (facts: readonly Facts[]) => {
        counted.transactions++
        counted.facts += facts.length
        const first = facts.find((fact) => bad.has(fact))
        if (first !== undefined) throw first
        return facts.map(({ id }) => `committed ${id}`)
      },
      failing: (error: unknown) => (error instanceof Error ? null : names ? (error as Facts) : ('unknown' as const)),
      refused: (error: unknown) => `refused ${(error as Facts).id}`,
    },
  }
}

function badAmong(count: number): Set<Facts> {
  return new Set([...chosen(count, size)].map((number) => all[number]!))
}

function nothingDecided() {
  return { committed: new Map<Facts, string>(), refused: new Map<Facts, string>() }
}

describe.each([1, 5, 50, 100])('%i bad facts among 4,096', (count) => {
  test.each([false, true])('are refused, and no other: the database names them: %s', async (names) => {
    const bad = badAmong(count)
    const { options, counted } = fakeDatabase(bad, names)
    const decided = nothingDecided()
    await searchRefused(options, { facts: all }, decided, () => false)
    expect(decided.committed.size + decided.refused.size).toBe(size)
    for (const fact of all) {
      if (bad.has(fact)) expect(decided.refused.get(fact)).toBe(`refused ${fact.id}`)
      else expect(decided.committed.get(fact)).toBe(`committed ${fact.id}`)
    }
    expect(counted.transactions).toBeLessThanOrEqual(size / 64 + (names ? 2 : 14) * count)
  })
})

test('500 bad facts among 4,096 are not all found by 1,000 transactions: the rest is left undecided', async () => {
  const bad = badAmong(500)
  const { options, counted } = fakeDatabase(bad)
  const decided = nothingDecided()
  await searchRefused(options, { facts: all }, decided, () => false)
  expect(counted.transactions).toBe(1_000)
  expect(decided.refused.size).toBeGreaterThan(100)
  expect(decided.refused.size).toBeLessThan(500)
  expect([...decided.refused.keys()].filter((fact) => !bad.has(fact))).toEqual([])
  expect([...decided.committed.keys()].filter((fact) => bad.has(fact))).toEqual([])
})

test('a late request is searched until one refused fact is found, and no longer', async () => {
  const bad = badAmong(50)
  const { options, counted } = fakeDatabase(bad)
  const decided = nothingDecided()
  await searchRefused(options, { facts: all }, decided, () => true)
  expect(decided.refused.size).toBe(1)
  expect(counted.transactions).toBeLessThanOrEqual(size / 64 + 13)
})

test('an error that is about no fact ends the search; what is decided stays decided', async () => {
  const bad = badAmong(5)
  const { options, counted } = fakeDatabase(bad)
  const commit = async (facts: readonly Facts[]) => {
    if (counted.transactions === 20) throw new Error('the connection is broken')
    return options.commit(facts)
  }
  const decided = nothingDecided()
  const search = searchRefused({ ...options, commit }, { facts: all }, decided, () => false)
  await expect(search).rejects.toThrow('the connection is broken')
  expect(decided.committed.size).toBeGreaterThan(0)
  expect(decided.committed.size).toBeLessThan(size)
})

test('facts that are only refused together are all committed', async () => {
  const decided = nothingDecided()
  const { options } = fakeDatabase(new Set())
  const commit = async (facts: readonly Facts[]) => {
    if (facts.includes(all[0]!) && facts.includes(all[7]!)) throw all[0]!
    return options.commit(facts)
  }
  await searchRefused({ ...options, commit }, { facts: all.slice(0, 8) }, decided, () => false)
  expect(decided.committed.size).toBe(8)
  expect(decided.refused.size).toBe(0)
})
