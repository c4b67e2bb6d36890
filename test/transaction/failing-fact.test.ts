import { expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { BadEntry, BadRow } from '../../src/store/database.ts'
import { failingFact } from '../../src/transaction/failing-fact.ts'
import { callFacts } from '../support/facts.ts'

const batch = [0, 1, 2].map((number) => callFacts(number))
const row = new BadRow('refused', 'event_logs', 1)
const placeOf = (number: number) => ({ trace: batch[number]!.trace, node: batch[number]!.id })

test('a row with its place names the fact that it was made of', () => {
  expect(failingFact(new BadEntry(row, { place: placeOf(1) }), batch)).toBe(batch[1])
  expect(failingFact(new BadEntry(row, { row: { place: placeOf(2) } }), batch)).toBe(batch[2])
})

test('a row that names no fact of the batch is of an unknown one', () => {
  const other = { trace: batch[0]!.trace, node: batch[1]!.id }
  for (const entry of [{ place: other }, { row: {} }, { locked: {}, facts: '[]' }])
    expect(failingFact(new BadEntry(row, entry), batch)).toBe('unknown')
  expect(failingFact(row, batch)).toBe('unknown')
})

test('an error that is no row’s fault is about no fact', () => {
  expect(failingFact(new Unavailable('away'), batch)).toBeNull()
  expect(failingFact('a text', batch)).toBeNull()
})
