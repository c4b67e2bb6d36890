import fc from 'fast-check'
import { expect, test } from 'vitest'
import { moneyColumn } from '../../src/web/page/format/money-column.ts'
import { exactMoney, money } from '../../src/web/page/format/numbers.ts'
import { reportRangeOf, timesOfRange } from '../../src/web/page/format/ranges.ts'
import { absoluteTime, duration } from '../../src/web/page/format/times.ts'

const amounts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }).map(String), { maxLength: 40 })
/** A shown amount in nano-dollars. */
const read = (text: string) => {
  if (text.startsWith('<')) return 0n
  const [whole, fraction = ''] = text.replaceAll(/[$,]/g, '').split('.')
  return BigInt(whole! + fraction.padEnd(9, '0'))
}

test('the costs that a column shows sum to the total that it shows', () => {
  fc.assert(
    fc.property(amounts, (values) => {
      const rows = values.map((nano) => ({ nano }))
      const { textOf, total } = moneyColumn(rows, ({ nano }) => nano)
      expect(rows.reduce((sum, row) => sum + read(textOf(row)), 0n)).toBe(read(total))
    }),
  )
})

test.each([
  ['0', '$0'],
  ['76', '$0.000000076'],
  ['76200', '$0.000076'],
  ['35191200', '$0.0352'],
  ['1999999999', '$2.00'],
  ['1234567890123', '$1,234.57'],
  ['-2000000000', '−$2.00'],
])('%s nano-dollars are %s', (nano, text) => {
  expect(money(nano)).toBe(text)
})

test('an exact cost has all its digits', () => {
  expect(exactMoney('312211')).toBe('$0.000312211')
  expect(exactMoney('5000000000')).toBe('$5.00')
})

test.each([
  [0, '0 ms'],
  [0.4, '400 µs'],
  [999, '999 ms'],
  [3421, '3.42 s'],
  [65_000, '1m 05s'],
  [7_800_000, '2h 10m'],
  [180_000_000, '2d 2h'],
  [null, '–'],
])('%j ms are %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test('a range of days is whole days in UTC, today included', () => {
  const now = Date.parse('2026-03-10T15:30:45Z')
  expect(timesOfRange(reportRangeOf({ since: '7d' }), now)).toEqual({ since: '2026-03-04T00:00:00.000Z' })
  expect(timesOfRange(reportRangeOf({ since: '2026-03-01', until: '2026-03-02' }), now)).toEqual({
    since: '2026-03-01T00:00:00.000Z',
    until: '2026-03-02T00:00:00.000Z',
  })
  expect(absoluteTime('24h', now)).toBe('2026-03-09T15:30:00.000Z')
  expect(absoluteTime('yesterday', now)).toBeUndefined()
})
