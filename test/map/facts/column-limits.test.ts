import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  contentLimit,
  defaultLimits,
  fitCost,
  fitCount,
  fitId,
  fitTenant,
  fitText,
  fitTime,
  shorten,
} from '../../../src/map/facts/column-limits.ts'

const anyText = fc.oneof(fc.string({ unit: 'binary', maxLength: 50 }), fc.constantFrom('\0a', 'x\ud800', '😀😀😀😀'))

describe('fitText', () => {
  test('replaces NUL and lone surrogates', () => {
    expect(fitText('a\0b\ud800c\udc00', 100)).toBe('a\ufffdb\ufffdc\ufffd')
  })

  test('cuts no code point in two', () => {
    expect(fitText('a😀', 2)).toBe('a')
    expect(fitText('a😀', 3)).toBe('a😀')
  })

  test('returns text that PostgreSQL accepts, within the limit', () => {
    fc.assert(
      fc.property(anyText, fc.nat(60), (text, limit) => {
        const fitted = fitText(text, limit)
        expect(fitted.length).toBeLessThanOrEqual(limit)
        expect(fitted.isWellFormed() && !fitted.includes('\0')).toBe(true)
      }),
    )
  })
})

test.each([
  ['short', 10, 'short'],
  ['exactly 10', 10, 'exactly 10'],
  ['longer than 10', 10, 'longer th…'],
  ['text', 0, ''],
])('shorten(%o, %i) returns %o', (text, limit, short) => expect(shorten(text, limit)).toBe(short))

describe('fitId', () => {
  test('keeps an id of up to 255 characters', () => {
    expect(fitId('x'.repeat(255))).toBe('x'.repeat(255))
  })

  test('ends a longer id in a hash, so that two ids stay two', () => {
    const [one, two] = ['a', 'b'].map((end) => fitId(`${'x'.repeat(300)}${end}`))
    expect(one).toMatch(/^x{230}~[0-9a-f]{24}$/)
    expect(two).not.toBe(one)
  })
})

test.each([
  [-1, 0],
  [7, 7],
  [2 ** 31, 2 ** 31 - 1],
])('fitCount(%i) returns %i', (count, fitted) => expect(fitCount(count)).toBe(fitted))

test.each([
  [-1n, 0n],
  [7n, 7n],
  [2n ** 64n - 1n, 2n ** 63n - 1n],
])('fitTime(%s) returns %s', (time, fitted) => expect(fitTime(time)).toBe(fitted))

test.each([
  [0.000001, 1_000],
  [1e-10, 0],
  [10_000, 9_999_999_999_000],
])('fitCost(%s) returns %s nano-dollars', (dollars, nano) => expect(fitCost(dollars)).toBe(nano))

describe('fitTenant', () => {
  test('lowers the case of a UUID', () => {
    expect(fitTenant('0AF76519-16CD-43DD-8448-EB211C80319C')).toBe('0af76519-16cd-43dd-8448-eb211c80319c')
  })

  test('makes a UUIDv5 of any other text, the same each time', () => {
    expect(fitTenant('acme')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(fitTenant('acme')).toBe(fitTenant('acme'))
    expect(fitTenant('acme')).not.toBe(fitTenant('Acme'))
  })
})

test('contentLimit is the smaller of the limits for texts and for content', () => {
  expect(contentLimit(defaultLimits)).toBe(65_536)
  expect(contentLimit({ ...defaultLimits, content: 64 })).toBe(64)
  expect(contentLimit({ ...defaultLimits, content: 100_000 })).toBe(65_536)
})
