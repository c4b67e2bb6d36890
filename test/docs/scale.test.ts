import { expect, test } from 'vitest'
import { triedTable } from '../support/documents.ts'

function numberIn(text: string): number {
  return Number(text.replaceAll(',', ''))
}

test('what docs/scale.md says of rates is the product of what it says of a span', () => {
  const costs = new Map(triedTable('cost of a span').map(([what, figure]) => [what, numberIn(figure!)]))
  const cost = (what: string) => costs.get(what)!
  const bytes = cost('bytes of tables') + cost('bytes of indexes')
  const log = cost('bytes of write-ahead log')
  const aSecond: Readonly<Record<string, number>> = {
    'spans a day, millions': 86_400 / 1e6,
    'rows a day, millions': (86_400 * cost('rows')) / 1e6,
    'disk a day, TB': (86_400 * bytes) / 1e12,
    'disk of 30 days, TB': (30 * 86_400 * bytes) / 1e12,
    'log a day, TB': (86_400 * log) / 1e12,
    'log a second, MB': log / 1e6,
    'cores of receivers': cost('CPU of the receiver, µs') / 1e6,
    'cores of PostgreSQL': cost('CPU of PostgreSQL, µs') / 1e6,
  }
  const [[, ...rates] = [], ...rows] = triedTable('scale')
  expect(rates).toEqual(['1,000 spans/s', '10,000 spans/s', '100,000 spans/s'])
  expect(rows.map(([what]) => what)).toEqual(Object.keys(aSecond))
  for (const [what, ...figures] of rows) {
    for (const [i, figure] of figures.entries()) {
      const rate = numberIn(rates[i]!.split(' ')[0]!)
      const quotient = numberIn(figure) / (aSecond[what!]! * rate)
      expect(quotient, `${what} at ${rate}`).toBeGreaterThan(0.96)
      expect(quotient, `${what} at ${rate}`).toBeLessThan(1.04)
    }
  }
})
