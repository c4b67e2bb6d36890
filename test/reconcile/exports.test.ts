import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type BillBench,
  callsOf,
  expectSums,
  exporters,
  nano,
  openBillBench,
  reasonsIn,
} from '../support/bills/bill-bench.ts'
import { dayStart, dollarsText, wholeCostOf } from '../support/bills/billed-calls.ts'
import { harmless } from '../support/bills/harmless.ts'

let bench: BillBench

/** Which change of a text comes before which. */
function orderOf(change: string): number {
  return ['number', 'another order', 'columns', 'CR LF', 'mark'].findIndex((word) => change.includes(word))
}

beforeAll(async () => {
  bench = await openBillBench()
})

afterAll(() => bench?.[Symbol.asyncDispose]())

describe.each(Object.entries(exporters))(
  'an export of %s',
  (_, { provider, files, hasRequests, hasParts, options = {} }) => {
    const recorded = callsOf(provider)

    test('of the calls that were recorded differs in nothing, and says nothing', async () => {
      const { code, output, errors } = await bench.run(files(recorded), options, { width: 100 })
      expect(recorded.length).toBeGreaterThan(20)
      expect({ code, errors }).toEqual({ code: 0, errors: '' })
      // two clients tell only the alias of the model
      const withoutNote = output.split('\nNote: alias_folded: ')[0]!
      expect(withoutNote).toMatch(/^dollars +(\S+) +\1 +0\.000000000 +0\.00\n$/m)
      expect(withoutNote).not.toMatch(/Why|Note/)
    })

    test.each(Object.entries(harmless))('with %s differs in nothing', async (what, change) => {
      const changed = Object.entries(files(recorded)).map(([name, content]) => [name, change(content, name)] as const)
      const all = Object.fromEntries(changed)
      const again = what.includes('second') && !hasParts ? { again: `${Object.values(all)[0]}\n` } : {}
      const report = await bench.report({ ...all, ...again }, options)
      expect({ code: report.code, difference: nano(report.totals.difference.cost_usd) }).toEqual({
        code: 0,
        difference: 0n,
      })
      expect(
        report.cells
          .flatMap(({ difference }) => [difference.prompt_tokens, difference.completion_tokens])
          .every((n) => n === 0),
      ).toBe(true)
    })

    test('with a call more says that it was not traced, with what it cost', async () => {
      const [first] = recorded
      const lost = { ...first!, requests: 1, input: 4000, cached: 1000, written: 0, longWritten: 0, output: 700 }
      const report = await bench.report(files([...recorded, lost]), options)
      expect(reasonsIn(report)).toEqual([
        {
          code: 'not_traced',
          ...(hasRequests && { requests: 1 }),
          prompt_tokens: 4000,
          completion_tokens: 700,
          cost_usd: dollarsText(wholeCostOf(lost)),
        },
      ])
      expectSums(report)
      expect(nano(report.totals.unexplained.cost_usd)).toBe(0n)
      expect(report.code).toBe(1)
    })

    test('with all of these at once, and a call more, still says just that', async () => {
      const [first] = recorded
      const lost = { ...first!, requests: 1, input: 4000, cached: 1000, written: 0, longWritten: 0, output: 700 }
      // a mark is at the beginning and columns are added to lines, so these come last
      const changes = Object.entries(harmless).toSorted(([a], [b]) => orderOf(a) - orderOf(b))
      const messy = Object.fromEntries(
        Object.entries(files([...recorded, lost])).map(([name, content]) => [
          name,
          changes.reduce((text, [, change]) => change(text, name), content),
        ]),
      )
      const again = hasParts ? {} : Object.fromEntries(Object.entries(messy).map(([name, text]) => [`z-${name}`, text]))
      const report = await bench.report({ ...messy, ...again }, options)
      expect(reasonsIn(report)).toEqual([
        {
          code: 'not_traced',
          ...(hasRequests && { requests: 1 }),
          prompt_tokens: 4000,
          completion_tokens: 700,
          cost_usd: dollarsText(wholeCostOf(lost)),
        },
      ])
      expectSums(report)
      expect(nano(report.totals.unexplained.cost_usd)).toBe(0n)
    })

    test('in cents that are read as dollars is refused', async () => {
      const { code, output, errors } = await bench.run(
        files(recorded.map((call) => ({ ...call, percent: 10_000 }))),
        options,
      )
      expect({ code, output }).toEqual({ code: 3, output: '' })
      expect(errors).toMatch(/amounts are 100 times what the ledger has .* unit must be another one, such as cents/)
    })

    test('in euros, at 90 % of the list prices and with a call more, gives each its amount', async () => {
      // an export that does not say what was cached has the same call
      const lost = { ...recorded[0]!, requests: 1, input: 4000, cached: 0, written: 0, longWritten: 0, output: 700 }
      const billed = [...recorded, lost].map((call) => ({ ...call, percent: 90 }))
      const inDollars = Object.entries(files(billed))
      const hasCurrency = inDollars.some(([, content]) => /\busd\b/i.test(content))
      const inEuros = inDollars.map(([name, content]) => [
        name,
        content.replaceAll(/\b(USD|usd)\b/g, (code) => (code === 'USD' ? 'EUR' : 'eur')),
      ])
      const report = await bench.report(Object.fromEntries(inEuros), {
        ...options,
        ...(hasCurrency && { rate: 'EUR=1' }),
      })
      expectSums(report)
      expect(reasonsIn(report)).toContainEqual({
        code: 'not_traced',
        ...(hasRequests && { requests: 1 }),
        prompt_tokens: 4000,
        completion_tokens: 700,
        cost_usd: dollarsText(wholeCostOf(lost)),
      })
      const others = report.cells.flatMap(({ reasons }) => reasons.filter(({ code }) => code !== 'not_traced'))
      expect(others.map(({ code }) => code)).toContain('price_differs')
      expect(others.filter(({ code }) => code !== 'price_differs' && code !== 'rounding')).toEqual([])
      const less = others.reduce((sum, { cost_usd }) => sum + nano(cost_usd), 0n)
      const tenth = (nano(report.totals.ledger.cost_usd) + wholeCostOf(lost)) / 10n
      // a line is billed in whole nano-dollars
      expect(Math.abs(Number(less + tenth))).toBeLessThan(100)
      expect(nano(report.totals.unexplained.cost_usd)).toBe(0n)
      expect(report.code).toBe(1)
    })

    test('without its last day says where it ends', async () => {
      const last = Math.max(...recorded.map(({ at }) => dayStart(at)))
      const report = await bench.report(files(recorded.filter(({ at }) => at < last)), options)
      expect(report.code).toBe(0)
      expect(report.notes.join()).toMatch(
        /the export ends with 2026-11-2\d: \d+ calls of the ledger in the week after it are not compared/,
      )
    })

    test('of days that are not final is cut, and says so', async () => {
      const all = files(recorded)
      const report = await bench.report(
        Object.fromEntries(
          Object.entries(all).map(([name, content]) => [name, content.replaceAll('2026-12-24T00', '2026-11-28T04')]),
        ),
        options,
        { nowMs: Date.parse('2026-11-29T03:00:00Z') },
      )
      expect(report.code).toBe(0)
      expect(report.notes.join()).toMatch(
        /provisional: what is after 2026-11-28 00:00 UTC is left out, with \$0\.0\d+ of the bill/,
      )
      expect(report.cells.map(({ period }) => period)).not.toContain('2026-11-28')
    })
  },
)
