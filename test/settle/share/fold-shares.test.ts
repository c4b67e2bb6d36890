import { describe, expect, test } from 'vitest'
import type { ShareField } from '../../../src/settle/share/fields.ts'
import { foldShares, isBetterCandidate, joinEntries, replaceShare } from '../../../src/settle/share/fold-shares.ts'
import { type EntryState, noShare, noSums, type Share } from '../../../src/settle/share/share.ts'

function best(field: ShareField, key: string, value = key): Share['best'] {
  return new Map([[field, { field, key, value, node: 'n' }]])
}

function entry(key: string, other: Partial<EntryState> = {}): EntryState {
  return { kind: 1, open: 0, endNs: 10n, last: { key, node: key, outcome: 'ok', error: null }, ...other }
}

function share(other: Partial<Share>): Share {
  return { ...noShare, nodes: 1, ...other }
}

const tokens = (prompt: number) => ({ ...noSums, prompt })
const counts = (n: number) => new Map([['x', n]])

describe('folding the shares of all traces', () => {
  test('adds up nodes, sums and counts', () => {
    const one = share({ sums: tokens(3), agents: counts(1), models: counts(2), providers: counts(3), tools: counts(4) })
    const whole = foldShares([one, one])
    expect(whole).toMatchObject({ nodes: 2, sums: { prompt: 6 } })
    const { agents, models, providers, tools } = whole
    expect([agents, models, providers, tools].map((one) => one.get('x'))).toEqual([2, 4, 6, 8])
  })

  test('takes the value with the smallest key, in any order', () => {
    const shares = [
      share({ best: best('user', '2') }),
      share({ best: best('user', '1') }),
      share({ best: best('query', '3') }),
    ]
    for (const order of [shares, shares.toReversed()]) {
      const { best: of } = foldShares(order)
      expect([of.get('user')!.value, of.get('query')!.value]).toEqual(['1', '3'])
    }
  })

  test('of no shares is no share', () => {
    expect(foldShares([])).toEqual(noShare)
  })
})

describe('replacing the share of one trace', () => {
  const before = share({
    nodes: 2,
    sums: tokens(5),
    agents: counts(1),
    models: counts(2),
    providers: counts(3),
    tools: counts(4),
  })
  const other = share({ sums: tokens(7) })

  test('changes sums and counts by the difference', () => {
    const after = share({
      nodes: 3,
      sums: tokens(6),
      agents: counts(5),
      models: counts(6),
      providers: counts(7),
      tools: counts(8),
    })
    expect(replaceShare(foldShares([before, other]), before, after)).toEqual(foldShares([after, other]))
  })

  test('of the only trace gives its share', () => {
    const after = share({ best: best('user', '1') })
    expect(replaceShare(before, before, after)).toBe(after)
  })

  const whole = (one: Share) => foldShares([one, share({ best: best('user', '5'), entry: entry('5') })])

  test.each([
    ['stays', '3'],
    ['gets better', '2'],
    ['was not the best', '6', '7'],
  ])('is enough where its value %s', (_, key, now = key) => {
    const [was, is] = [share({ best: best('user', key) }), share({ best: best('user', now) })]
    expect(replaceShare(whole(was), was, is)?.best.get('user')?.key).toBe(key < '5' ? now : '5')
  })

  test('takes the present value where the key stays', () => {
    const [was, is] = [share({ best: best('user', '3', 'old') }), share({ best: best('user', '3', 'new') })]
    expect(replaceShare(whole(was), was, is)?.best.get('user')?.value).toBe('new')
  })

  test('is not enough where the best value left or got worse', () => {
    const was = share({ best: best('user', '3') })
    expect(replaceShare(whole(was), was, share({}))).toBeNull()
    expect(replaceShare(whole(was), was, share({ best: best('user', '4') }))).toBeNull()
  })

  test('is enough where its entry got no worse, or was of another kind than the best', () => {
    const was = share({ entry: entry('3', { open: 1, endNs: 20n }) })
    const is = share({ entry: entry('2', { endNs: 21n }) })
    expect(replaceShare(whole(was), was, is)?.entry).toMatchObject({ open: 0, endNs: 21n, last: { key: '2' } })
    expect(replaceShare(whole(was), was, was)?.entry).toEqual(whole(was).entry)
    const lesser = share({ entry: entry('1', { kind: 3, open: 1 }) })
    expect(replaceShare(whole(lesser), lesser, share({}))?.entry).toEqual(entry('5'))
  })

  test.each([
    ['left', null],
    ['is of a lesser kind', entry('3', { kind: 2, endNs: 20n })],
    ['started earlier', entry('4', { endNs: 20n })],
    ['ended earlier', entry('3', { endNs: 19n })],
  ])('is not enough where its entry %s', (_, now) => {
    const was = share({ entry: entry('3', { endNs: 20n }) })
    expect(replaceShare(whole(was), was, share({ entry: now }))).toBeNull()
  })

  test('is not enough where a durable run was taken back', () => {
    const run = { lastNs: 1n, insideNs: 0n, copies: [], end: null }
    const was = share({ runs: new Map([['r', run]]) })
    expect(replaceShare(whole(was), was, share({}))).toBeNull()
    expect(replaceShare(whole(was), was, was)?.runs.get('r')).toEqual(run)
  })
})

test('of the entries of two kinds the better one stays, and those of one kind are joined', () => {
  expect(joinEntries(null, null)).toBeNull()
  expect(joinEntries(entry('1'), null)).toEqual(entry('1'))
  const [best, lesser] = [entry('9', { kind: 0 }), entry('1', { open: 1 })]
  expect(joinEntries(best, lesser)).toBe(best)
  expect(joinEntries(lesser, best)).toBe(best)
  expect(joinEntries(entry('2', { open: 1, endNs: 5n }), entry('1', { open: 2 }))).toEqual(entry('1', { open: 3 }))
  expect(joinEntries(entry('1', { endNs: 5n }), entry('2'))?.endNs).toBe(10n)
})

test('a candidate is better with a smaller key, or alone', () => {
  const [one, other] = [best('user', '1').get('user')!, best('user', '2').get('user')!]
  expect([isBetterCandidate(one, other), isBetterCandidate(other, one), isBetterCandidate(one, one)]).toEqual([
    true,
    false,
    false,
  ])
  expect(isBetterCandidate(other, undefined)).toBe(true)
})
