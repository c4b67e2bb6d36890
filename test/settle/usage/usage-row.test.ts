import { describe, expect, test } from 'vitest'
import type { Usage } from '../../../src/map/facts/facts.ts'
import { ordinals, rowId } from '../../../src/settle/model/ids.ts'
import { identityOfNode } from '../../../src/settle/model/trace.ts'
import {
  completeUsage,
  countedUsage,
  haveSameCounters,
  usageRow,
  usagesByTrust,
} from '../../../src/settle/usage/usage-row.ts'
import { noPrice } from '../../support/prices.ts'
import { at, call, nodeOf, price, settled, span, traceId, usage } from '../facts.ts'

const place = { workflow: 'wf', agent: null, trace: traceId, node: 'n' }

const otherFields = { responseId: 'r', durationMs: 1_000, error: null }

function row(other: Partial<Usage>, prices = price) {
  return usageRow({ id: 'id', place, usage: usage(other), ...otherFields, endNs: at(2) }, prices)
}

describe('the row of a call', () => {
  test('has the counters, and the price of the lookup', () => {
    expect(row({ cacheRead: 40, cacheWrite: 5 })).toEqual({
      id: 'id',
      place,
      provider: 'openai',
      model: 'gpt-4o-mini',
      prompt: 100,
      completion: 20,
      cacheRead: 40,
      cacheWrite: 5,
      cacheHit: true,
      requestModel: 'gpt-4o-mini',
      responseId: 'r',
      reasoning: null,
      parts: null,
      account: null,
      costNano: 120n,
      price: { source: 'own', listDate: null, parts: { input: 100, output: 20 } },
      unpriced: false,
      endNs: at(2),
      durationMs: 1_000,
      error: null,
    })
  })

  test('has no cached tokens where none are stated', () => {
    expect(row({})).toMatchObject({ cacheRead: 0, cacheWrite: 0 })
  })

  test('has no more cached tokens than prompt tokens, and prices them so', () => {
    const asked: unknown[] = []
    const result = row({ cacheRead: 300, cacheWrite: 200 }, (one) => {
      asked.push([one.cacheRead, one.cacheWrite, one.endNs])
      return { costNano: 1, provider: null, source: 'own', parts: { input: 1 } }
    })
    expect([result.cacheRead, result.cacheWrite]).toEqual([100, 100])
    expect(asked).toEqual([[100, 100, at(2)]])
  })

  test('takes the cost that the span states, also 0', () => {
    expect(row({ statedCostNano: 7 })).toMatchObject({ costNano: 7n, unpriced: false })
    expect(row({ statedCostNano: 0 })).toMatchObject({ costNano: 0n, unpriced: false })
  })

  test('is marked where no price is known', () => {
    expect(row({}, noPrice)).toMatchObject({ costNano: 0n, unpriced: true })
  })

  test('names the stated provider, else that of the price list, else unknown', () => {
    expect(row({ provider: 'azure' }).provider).toBe('azure')
    expect(row({ provider: null }).provider).toBe('openai')
    expect(row({ provider: null }, noPrice).provider).toBe('unknown')
  })

  test('names the model that answered, else the one that was asked, else unknown', () => {
    expect(row({ responseModel: 'gpt-4o-mini-2024' }).model).toBe('gpt-4o-mini-2024')
    expect(row({ model: null }).model).toBe('unknown')
  })

  test('is a cache hit by its tokens or by a statement', () => {
    expect(
      [row({}), row({ cacheRead: 0 }), row({ cacheRead: 1 }), row({ cacheHit: true })].map(({ cacheHit }) => cacheHit),
    ).toEqual([false, false, true, true])
  })
})

describe('a usage is completed', () => {
  const nothing = { provider: null, model: null }
  const all = {
    cacheRead: 1,
    cacheWrite: 2,
    reasoning: 3,
    provider: 'p',
    model: 'm',
    responseModel: 'rm',
    statedCostNano: 4,
  }

  test('by what another report states, the first one that does', () => {
    expect(completeUsage(usage(nothing), [usage(nothing), usage(all), usage({ ...all, cacheRead: 9 })])).toEqual(
      usage(all),
    )
  })

  test('but keeps what it states itself, also 0', () => {
    expect(completeUsage(usage({ cacheRead: 0 }), [usage({ cacheRead: 9, provider: 'p' })])).toEqual(
      usage({ cacheRead: 0 }),
    )
  })

  test('and is a cache hit where any report is', () => {
    expect(completeUsage(usage(), [usage({ cacheHit: true })]).cacheHit).toBe(true)
  })

  test('its counters, ids and trust are its own', () => {
    const other = usage({ prompt: 1, completion: 1, responseId: 'r', trust: 99, elsewhere: true })
    expect(completeUsage(usage(), [other])).toEqual(usage())
  })
})

describe('a node whose usage', () => {
  test('does not count has neither row nor report', () => {
    const { trace } = settled([call(1, 0), call(2, 1)])
    expect(countedUsage(trace, nodeOf(trace, 1), place, price)).toEqual({ usage: null, report: null })
  })

  test('counts has a row with its own id', () => {
    const { trace } = settled([call(1, 0)])
    const { usage: counted, report } = countedUsage(trace, nodeOf(trace, 1), place, price)
    expect(counted).toEqual(
      usageRow(
        {
          id: rowId(identityOfNode(trace, nodeOf(trace, 1)), ordinals.usage),
          place,
          usage: usage(),
          ...otherFields,
          responseId: null,
          endNs: at(2),
        },
        price,
      ),
    )
    expect(report).toBeNull()
  })

  test('counts and may be reported by another trace has a report instead', () => {
    const { trace } = settled([call(1, 0, { elsewhere: true, responseId: 'r' }, { spanKind: 3 })])
    const { usage: counted, report } = countedUsage(trace, nodeOf(trace, 1), place, price)
    expect(counted).toBeNull()
    expect(report).toMatchObject({
      place,
      source: 'span',
      spanKind: 3,
      startNs: at(1),
      endNs: at(2),
      usage: { responseId: 'r', trust: 30 },
    })
  })

  test('may be reported by another trace as its duplicate is, and is known as the call above is', () => {
    const beside = call(3, 0, { elsewhere: true }, { startNs: at(2), origin: 'other' })
    const { trace } = settled([call(1, 0, { responseId: 'r', trust: 40 }), call(2, 1), beside])
    const { report } = countedUsage(trace, nodeOf(trace, 2), place, price)
    expect(report).toMatchObject({ usage: { responseId: 'r', trust: 40, elsewhere: false } })
  })

  test('is completed by its duplicates, the most trusted first, then by the calls and the sum above it', () => {
    const sum = span(1, 0, { kind: 'agent', usage: usage({ role: 'aggregate', reasoning: 1, statedCostNano: 5 }) })
    const beside = (n: number, trust: number, cacheRead: number) =>
      call(n, 1, { trust, cacheRead }, { startNs: at(3), origin: `other ${n}` })
    const { trace } = settled([
      sum,
      call(2, 1, { trust: 1, cacheRead: 9, reasoning: 2 }),
      call(3, 2, { trust: 30 }),
      beside(4, 10, 7),
      beside(5, 20, 8),
    ])
    expect(nodeOf(trace, 3).rows!.usage).toMatchObject({ cacheRead: 8, costNano: 5n })
  })

  test('is not completed by reports with other counters or of another class', () => {
    const { trace } = settled([
      span(1, 0, { usage: usage({ role: 'aggregate', class: 'embedding', cacheRead: 9 }) }),
      call(2, 1, { prompt: 7, cacheRead: 6 }),
      call(3, 2),
    ])
    expect(nodeOf(trace, 3).rows!.usage!.cacheRead).toBe(0)
  })
})

test('usages are in the order of their trust, then of their ids', () => {
  const reports = [
    call(2, 0, { trust: 1, model: 'two' }),
    call(1, 0, { trust: 1, model: 'one' }),
    call(3, 0, { trust: 2, model: 'three' }),
  ].map((facts) => ({ facts }))
  for (const order of [reports, reports.toReversed()])
    expect(usagesByTrust(order).map(({ model }) => model)).toEqual(['three', 'one', 'two'])
})

test('counters are the same if prompt and completion are', () => {
  expect(
    [{}, { prompt: 1 }, { completion: 1 }, { cacheRead: 1 }].map((other) => haveSameCounters(usage(), usage(other))),
  ).toEqual([true, false, false, true])
})
