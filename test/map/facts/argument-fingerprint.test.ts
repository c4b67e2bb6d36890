import fc from 'fast-check'
import { expect, test } from 'vitest'
import { argumentFingerprint } from '../../../src/map/facts/argument-fingerprint.ts'

const likeness = (value: unknown): unknown => JSON.parse(argumentFingerprint(JSON.stringify(value)))

test('a fingerprint has the structure of the arguments, with the fingerprint of each part', () => {
  const whole = likeness({ where: { city: 'Lisbon' }, days: [1, 2], note: null })
  expect(Object.values(whole as object)).toEqual([likeness({ city: 'Lisbon' }), likeness([1, 2]), null])
  expect(likeness({})).toEqual({})
})

test('a number and its text have the same fingerprint', () => {
  expect(likeness({ a: 5, b: true })).toEqual(likeness({ a: '5', b: 'true' }))
  expect(likeness({ a: 5 })).not.toEqual(likeness({ a: 6 }))
})

test('a fingerprint keeps the order of keys, also of those that look like numbers', () => {
  expect(Object.values(likeness({ b: 'x', a: 'y' }) as object)).toEqual([likeness('x'), likeness('y')])
})

test('a fingerprint has no text of the arguments', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(argumentFingerprint(json)).toMatch(/^([[\]{},:]|null|"h[0-9a-f]{8}")*$/)
    }),
  )
})
