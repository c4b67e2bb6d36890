import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eachMeasure, measures, plus, sumOf } from '../../../src/reconcile/amounts.ts'
import { dayText, msPerDay } from '../../../src/reconcile/bill.ts'
import type { KnownGap, LedgerLine } from '../../../src/reconcile/ledger/ledger.ts'
import {
  costLines,
  ledgerLine,
  leftOf,
  mini,
  noAmounts,
  reasonsOf,
  reconciled,
  someDay,
  sonnet,
  usageLine,
  withoutZeros,
} from '../../support/bills/small-bill.ts'

const gap = (what: KnownGap['what'], calls: number, tokens = 0, model = mini): KnownGap => ({
  at: someDay,
  what,
  model,
  calls: BigInt(calls),
  tokens: BigInt(tokens),
})
const nine = ledgerLine({ requests: 9, input: 9000, output: 900 })
/** The bill of ten calls, where the ledger has nine of them. */
const ten = [
  usageLine({ requests: 10, input: 10_000, output: 1_000 }),
  ...costLines({ input: 1_500_000n, output: 600_000n }),
]
/** The tenth call. */
const tenth = { requests: 1n, input: 1000n, output: 100n, cost: 210_000n }

describe('a call that the ledger lacks', () => {
  test('was not traced, where nothing says more', () => {
    const result = reconciled(ten, { lines: [nine] })
    expect(reasonsOf(result)).toEqual({ not_traced: tenth })
    expect(leftOf(result)).toEqual({})
  })

  test.each([
    ['stream_without_usage', { gaps: [gap('uncounted', 3)] }],
    ['failed_but_billed', { gaps: [gap('failed', 1)] }],
    ['refused_spans', { refused: [{ at: someDay, spans: 7n }] }],
  ] as const)('is one of %s, where the ledger knows of such', (code, evidence) => {
    expect(reasonsOf(reconciled(ten, { lines: [nine], ...evidence }))).toEqual({ [code]: tenth })
  })

  test('and others share what is missing by calls, and explain no more calls than are known', () => {
    const bill = [
      usageLine({ requests: 12, input: 12_001, output: 1_200 }),
      ...costLines({ input: 1_800_150n, output: 720_000n }),
    ]
    const result = reconciled(bill, {
      lines: [nine],
      gaps: [gap('uncounted', 1)],
      refused: [{ at: someDay, spans: 1n }],
    })
    expect(reasonsOf(result)).toEqual({
      stream_without_usage: { requests: 1n, input: 1000n, output: 100n, cost: 210_000n },
      refused_spans: { requests: 1n, input: 1000n, output: 100n, cost: 210_000n },
      not_traced: { requests: 1n, input: 1001n, output: 100n, cost: 210_150n },
    })
    expect(leftOf(result)).toEqual({})
  })

  test('is proved by its id, where the bill states each request', () => {
    const request = (id: string, input: number) =>
      usageLine({ requests: 1, input, output: 100 }, { series: 'calls', id, from: someDay + 1000, to: someDay + 1000 })
    const known = { at: someDay, provider: 'openai', model: mini, amounts: noAmounts }
    const result = reconciled([request('a', 1000), request('b', 4000)], {
      lines: [ledgerLine({ requests: 1, input: 1000, output: 100 })],
      calls: [{ ...known, id: 'a' }],
      gaps: [gap('uncounted', 5)],
    })
    expect(reasonsOf(result)).toEqual({ not_traced: { requests: 1n, input: 4000n, output: 100n } })
    expect(result.cells[0]!.reasons[0]!.proof).toBe('no call of the ledger has the id of this request')
  })

  test('costs what the bill asks, where the ledger has no call of the model', () => {
    const bill = [
      usageLine({ requests: 1, input: 1000, output: 100 }, { model: 'new-model' }),
      ...costLines({ input: 7n, output: 13n }, { model: 'new-model' }),
    ]
    expect(
      reasonsOf(
        reconciled([...ten, ...bill], { lines: [nine, ledgerLine({ requests: 1, input: 1000, output: 100 })] }),
      ),
    ).toEqual({
      not_traced: { requests: 1n, input: 1000n, output: 100n, cost: 20n },
    })
  })
})

describe('a call that the ledger has more', () => {
  const eight = [
    usageLine({ requests: 8, input: 8000, output: 800 }),
    ...costLines({ input: 1_200_000n, output: 480_000n }),
  ]
  const less = { requests: -1n, input: -1000n, output: -100n, cost: -210_000n }
  const amounts = { requests: 1n, input: 1000n, cache_read: 0n, cache_write: 0n, output: 100n, cost: 210_000n }

  test('is counted twice, where another one has its id or counters', () => {
    const repeated = [{ at: someDay, provider: 'openai', model: mini, amounts }]
    expect(reasonsOf(reconciled(eight, { lines: [nine], repeated }))).toEqual({ double_count_suspected: less })
  })

  test('may be counted twice, where what is above it never came', () => {
    expect(reasonsOf(reconciled(eight, { lines: [nine], gaps: [gap('cut_off', 2)] }))).toEqual({ cut_off: less })
  })

  test('failed, and was not billed', () => {
    const failed = ledgerLine({ requests: 1, input: 1000, output: 100 }, { isFailed: true })
    const lines = [ledgerLine({ requests: 8, input: 8000, output: 800 }), failed]
    expect(reasonsOf(reconciled(eight, { lines }))).toEqual({ failed_not_billed: less })
  })

  test('is unexplained, where nothing says why', () => {
    const result = reconciled(eight, { lines: [nine] })
    expect(reasonsOf(result)).toEqual({})
    expect(leftOf(result)).toEqual(less)
  })
})

describe('the same calls with other tokens', () => {
  test('are those that a sum claims, as far as it does', () => {
    const bill = [
      usageLine({ requests: 9, input: 9500, output: 900 }),
      ...costLines({ input: 1_425_000n, output: 540_000n }),
    ]
    const result = reconciled(bill, { lines: [nine], gaps: [gap('unaccounted', 0, 400)] })
    expect(reasonsOf(result)).toEqual({ unaccounted_tokens: { input: 400n, cost: 60_000n } })
    expect(leftOf(result)).toEqual({ input: 100n, cost: 15_000n })
  })

  test('were read from a cache that no span states', () => {
    const bill = [
      usageLine({ requests: 9, input: 9000, cache_read: 2000, output: 900 }),
      ...costLines({ input: 1_050_000n, cache_read: 150_000n, output: 540_000n }),
    ]
    const result = reconciled(bill, { lines: [nine] })
    expect(reasonsOf(result)).toEqual({ cache_unreported: { cache_read: 2000n, cost: -150_000n } })
    expect(leftOf(result)).toEqual({})
  })
})

test('calls that cross midnight are on the day before, and are no difference', () => {
  const next = someDay + msPerDay
  const crossing = ledgerLine({ requests: 1, input: 1000, output: 100 }, { at: next, began: someDay })
  const onDay = (day: number, requests: number) => [
    usageLine({ requests, input: requests * 1000, output: requests * 100 }, { from: day, to: day + msPerDay }),
    ...costLines(
      { input: BigInt(requests) * 150_000n, output: BigInt(requests) * 60_000n },
      { from: day, to: day + msPerDay },
    ),
  ]
  const rest = ledgerLine({ requests: 4, input: 4000, output: 400 }, { at: next })
  const result = reconciled([...onDay(someDay, 10), ...onDay(next, 4)], { lines: [nine, crossing, rest] }, { days: 2 })
  expect(result.cells.map(({ reasons }) => reasons.map(({ code, amounts }) => [code, withoutZeros(amounts)]))).toEqual([
    [['edge_of_day', tenth]],
    [['edge_of_day', { requests: -1n, input: -1000n, output: -100n, cost: -210_000n }]],
  ])
  expect(leftOf(result)).toEqual({})
})

describe('the same tokens at another price', () => {
  const usage = usageLine({ requests: 9, input: 9000, output: 900 })

  test('have no price in the ledger', () => {
    const lines = [ledgerLine({ requests: 9, input: 9000, output: 900 }, { isUnpriced: true, priceSource: 'none' })]
    const result = reconciled([usage, ...costLines({ input: 18_000_000n, output: 9_000_000n })], { lines })
    expect(reasonsOf(result)).toEqual({ unpriced_model: { cost: 27_000_000n } })
    expect(result.cells[0]!.reasons[0]!.close).toBe(
      `prices: {"${mini}": {input: 2, output: 10}}; then: spanledger reprice --since ${dayText(someDay)} --model ${mini}`,
    )
  })

  test('were partly without a price', () => {
    const lines = [
      ledgerLine({ requests: 8, input: 8000, output: 800 }),
      ledgerLine({ requests: 1, input: 1000, output: 100 }, { isUnpriced: true }),
    ]
    expect(reasonsOf(reconciled([usage, ...costLines({ input: 1_350_000n, output: 540_000n })], { lines }))).toEqual({
      unpriced_model: { cost: 210_000n },
    })
  })

  test('were of a batch, where the bill states them', () => {
    const bill = [
      usageLine({ requests: 5, input: 5000, output: 500 }),
      usageLine({ requests: 4, input: 4000, output: 400 }, { tier: 'batch' }),
      ...costLines({ input: 750_000n + 300_000n, output: 300_000n + 120_000n }),
    ]
    expect(reasonsOf(reconciled(bill, { lines: [nine] }))).toEqual({ tier_or_batch: { cost: -420_000n } })
  })

  test('cost just what a batch does', () => {
    const result = reconciled([usage, ...costLines({ input: 675_000n, output: 270_000n })], { lines: [nine] })
    expect(reasonsOf(result)).toEqual({ tier_or_batch: { cost: -945_000n } })
    expect(result.cells[0]!.reasons[0]!.proof).toBe(
      'what the bill asks is the price of the tier batch; the spans state none',
    )
  })

  test('cost another price, which the setting `prices` can have', () => {
    const result = reconciled([usage, ...costLines({ input: 1_440_000n, output: 540_000n })], { lines: [nine] })
    expect(reasonsOf(result)).toEqual({ price_differs: { cost: 90_000n } })
    const [reason] = result.cells[0]!.reasons
    expect(reason!.proof).toBe('dollars a million tokens, bill against ledger: input 0.16 against 0.15')
    expect(reason!.close).toBe(
      `prices: {"${mini}": {input: 0.16, output: 0.6}}; then: spanledger reprice --since ${dayText(someDay)} --model ${mini}`,
    )
  })

  test('are rounded on the bill', () => {
    expect(
      reasonsOf(reconciled([usage, ...costLines({ input: 1_350_400n, output: 539_900n })], { lines: [nine] })),
    ).toEqual({
      rounding: { cost: 300n },
    })
  })

  test('are sold below the list price, which the bill states', () => {
    const cost = costLines({ whole: 1_701_000n }, { listCost: 1_890_000n })
    expect(reasonsOf(reconciled([usage, ...cost], { lines: [nine] }))).toEqual({
      discount_or_credit: { cost: -189_000n },
    })
  })
})

describe("Anthropic's prices", () => {
  const counts = { requests: 4, input: 10_000, cache_write: 6000, output: 100 }
  const usage = (longWrites: bigint | null) => usageLine(counts, { model: sonnet, longWrites })
  const costs = (written: bigint, long: bigint) =>
    costLines({ input: 12_000_000n, cache_write: written, cache_write_1h: long, output: 1_500_000n }, { model: sonnet })

  test('are higher for cache writes that live an hour, of which the spans state five minutes', () => {
    const lines = [ledgerLine(counts, { model: sonnet })]
    const result = reconciled([usage(2000n), ...costs(15_000_000n, 12_000_000n)], { lines })
    expect(reasonsOf(result)).toEqual({ cache_lifetime: { cost: 4_500_000n } })
    expect(result.cells[0]!.reasons[0]!.proof).toBe(
      '2000 tokens written for an hour on the bill, 0 in the ledger (0 without a lifetime)',
    )
  })

  test('are higher for cache writes of which the spans state no lifetime, and the bill neither', () => {
    const lines = [ledgerLine(counts, { model: sonnet, unstatedWrites: 6000n })]
    const cost = costLines({ whole: 12_000_000n + 36_000_000n + 1_500_000n }, { model: sonnet })
    expect(reasonsOf(reconciled([usage(null), ...cost], { lines }))).toEqual({ cache_lifetime: { cost: 13_500_000n } })
  })

  test('are not asked in a cost report for the priority tier', () => {
    const lines = [
      ledgerLine({ requests: 3, input: 3000 }, { model: sonnet }),
      ledgerLine({ requests: 1, input: 1000 }, { model: sonnet, tier: 'priority' }),
    ]
    const bill = [
      usageLine({ requests: 4, input: 4000 }, { model: sonnet }),
      ...costLines({ input: 9_000_000n }, { model: sonnet }),
    ]
    expect(reasonsOf(reconciled(bill, { lines }))).toEqual({ priority_not_in_cost: { cost: -3_000_000n } })
  })

  test('are not asked for calls that a safety filter stopped', () => {
    const lines = [ledgerLine({ requests: 4, input: 4000 }, { model: sonnet })]
    const blocked = [
      {
        at: someDay,
        provider: 'anthropic',
        model: sonnet,
        amounts: { ...noAmounts, requests: 1n, input: 1000n, cost: 3_000_000n },
      },
    ]
    const bill = [
      usageLine({ requests: 4, input: 4000 }, { model: sonnet }),
      ...costLines({ input: 9_000_000n }, { model: sonnet }),
    ]
    expect(reasonsOf(reconciled(bill, { lines, blocked }))).toEqual({ blocked_not_billed: { cost: -3_000_000n } })
  })

  test('are higher for long prompts, where the setting `prices` has one price for all', () => {
    const long: LedgerLine = ledgerLine(
      { requests: 1, input: 300_000 },
      { model: sonnet, isLong: true, priceSource: 'own' },
    )
    const bill = [
      usageLine({ requests: 1, input: 300_000 }, { model: sonnet }),
      ...costLines({ input: 1_800_000_000n }, { model: sonnet }),
    ]
    const result = reconciled(bill, { lines: [long] })
    expect(reasonsOf(result)).toEqual({ long_context: { cost: 900_000_000n } })
  })
})

test('all at once sum to the difference', () => {
  const failed = ledgerLine({ requests: 1, input: 100, output: 0 }, { isFailed: true })
  const bill = [
    usageLine({ requests: 12, input: 13_000, cache_read: 500, output: 1_300 }),
    ...costLines({ input: 2_000_000n, cache_read: 37_500n, output: 780_000n }),
  ]
  const result = reconciled(bill, {
    lines: [nine, failed],
    gaps: [gap('uncounted', 1), gap('unaccounted', 0, 50)],
    refused: [{ at: someDay, spans: 1n }],
  })
  expect(Object.keys(reasonsOf(result))).toEqual(['stream_without_usage', 'refused_spans', 'price_differs'])
  for (const { difference, reasons, unexplained } of result.cells)
    expect(plus(sumOf(reasons.map(({ amounts }) => amounts)), unexplained)).toEqual(difference)
})

test('whatever a bill says, reasons and what is unexplained sum to the difference', () => {
  const small = fc.nat(5)
  const tokens = fc.nat(5000)
  const counts = fc
    .record({ requests: small, input: tokens, output: tokens })
    .map(({ requests, input, output }) => ({ requests, input: input + 1000, output }))
  const bill = fc.record({
    counts,
    cached: fc.nat(900),
    cost: fc.bigInt(0n, 10_000_000n),
    isWhole: fc.boolean(),
    tier: fc.constantFrom(null, 'batch', 'default'),
  })
  const ledger = fc.record({
    counts,
    isFailed: fc.boolean(),
    isUnpriced: fc.boolean(),
    day: fc.constantFrom(0, 1),
    began: fc.constantFrom(0, 1),
  })
  const gaps = fc.array(
    fc.record({
      what: fc.constantFrom('uncounted', 'unaccounted', 'cut_off', 'failed' as const),
      calls: small,
      tokens,
    }),
    { maxLength: 3 },
  )
  fc.assert(
    fc.property(
      fc.array(bill, { minLength: 1, maxLength: 3 }),
      fc.array(ledger, { maxLength: 4 }),
      gaps,
      fc.nat(3),
      (billed, counted, known, refused) => {
        const lines = billed.flatMap(({ counts: some, cached, cost, isWhole, tier }, i) => {
          const place = { from: someDay + (i % 2) * msPerDay, to: someDay + ((i % 2) + 1) * msPerDay }
          const costs: Record<string, bigint> = isWhole ? { whole: cost } : { input: cost, output: cost / 3n }
          return [usageLine({ ...some, cache_read: cached }, { ...place, tier }), ...costLines(costs, place)]
        })
        const result = reconciled(
          lines,
          {
            lines: counted.map(({ counts: some, isFailed, isUnpriced, day, began }) =>
              ledgerLine(some, {
                isFailed,
                isUnpriced,
                at: someDay + day * msPerDay,
                began: someDay + Math.min(day, began) * msPerDay,
              }),
            ),
            gaps: known.map(({ what, calls, tokens: n }) => gap(what as KnownGap['what'], calls, n)),
            refused: [{ at: someDay, spans: BigInt(refused) }],
          },
          { days: 2 },
        )
        for (const { difference, reasons, unexplained } of result.cells)
          expect(plus(sumOf(reasons.map(({ amounts }) => amounts)), unexplained)).toEqual(difference)
        expect(result.totals.difference).toEqual(
          eachMeasure((measure) => result.totals.bill[measure] - result.totals.ledger[measure]),
        )
      },
    ),
    { numRuns: 300 },
  )
  expect(measures).toHaveLength(6)
})
