import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  columnSize,
  divideHalfEven,
  durationMs,
  fitLongId,
  largestCostNano,
  largestInteger,
  millisecondsOf,
  saturate,
  usd,
} from '../src/columns.ts'

test('usd rounds nano-dollars half to even', () => {
  expect([0n, 499n, 500n, 501n, 1_500n, 2_500n, 1_234_567_890n].map(usd)).toEqual([
    '0.000000',
    '0.000000',
    '0.000000',
    '0.000001',
    '0.000002',
    '0.000002',
    '1.234568',
  ])
})

test('usd ends at the last value of DECIMAL(10,6)', () => {
  expect(usd(largestCostNano)).toBe('9999.999999')
  expect(usd(largestCostNano + 999n)).toBe('9999.999999')
  expect(usd(10n ** 20n)).toBe('9999.999999')
})

test('divideHalfEven is at most half a divisor away, and even where it is exactly half', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 0n, max: 10n ** 18n }),
      fc.bigInt({ min: 1n, max: 10n ** 6n }),
      (dividend, divisor) => {
        const quotient = divideHalfEven(dividend, divisor)
        const away = 2n * (dividend - quotient * divisor)
        expect(away <= divisor && -away <= divisor).toBe(true)
        if (away === divisor || -away === divisor) expect(quotient % 2n).toBe(0n)
      },
    ),
  )
})

test('a counter past INTEGER is its last value', () => {
  expect([0, largestInteger, largestInteger + 1, 1e15].map(saturate)).toEqual([
    0,
    largestInteger,
    largestInteger,
    largestInteger,
  ])
})

test('a duration is rounded, not negative, and fits INTEGER', () => {
  expect(durationMs(0n, 1_499_999n)).toBe(1)
  expect(durationMs(0n, 1_500_000n)).toBe(2)
  expect(durationMs(5n, 1n)).toBe(0)
  expect(durationMs(0n, 10n ** 18n)).toBe(largestInteger)
  expect(millisecondsOf(1_999_999n)).toBe(1)
})

test('long ids that begin alike stay different within their column', () => {
  const cut = (id: string, length: number) => id.slice(0, length)
  const [a, b] = ['a', 'b'].map((end) => fitLongId(`${'x'.repeat(255)}${end}`, cut))
  expect(a).toHaveLength(columnSize.id)
  expect(a).not.toBe(b)
  expect(a).toMatch(/^x{230}~[0-9a-f]{24}$/)
  expect(fitLongId('x'.repeat(255), cut)).toBe('x'.repeat(255))
})
