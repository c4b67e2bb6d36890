import fc from 'fast-check'
import { expect, test } from 'vitest'
import { argumentFingerprint } from '../../../src/map/facts/argument-fingerprint.ts'

const likeness = (value: unknown): unknown => JSON.parse(argumentFingerprint(JSON.stringify(value)))

test('it has the shape of the arguments, and the likeness of each part within', () => {
  const whole = likeness({ where: { city: 'Lisbon' }, days: [1, 2], note: null })
  expect(Object.values(whole as object)).toEqual([likeness({ city: 'Lisbon' }), likeness([1, 2]), null])
  expect(likeness({})).toEqual({})
})

test('a number that became text is like itself', () => {
  expect(likeness({ a: 5, b: true })).toEqual(likeness({ a: '5', b: 'true' }))
  expect(likeness({ a: 5 })).not.toEqual(likeness({ a: 6 }))
})

test('it keeps the order of keys, also of those that look like numbers', () => {
  expect(Object.values(likeness({ b: 'x', a: 'y' }) as object)).toEqual([likeness('x'), likeness('y')])
})

test('no text of the arguments is in it', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(argumentFingerprint(json)).toMatch(/^([[\]{},:]|null|"h[0-9a-f]{8}")*$/)
    }),
  )
})
