import { expect, test } from 'vitest'
import { cursorOf, cursorText } from '../../src/web/api/runs/cursor.ts'

const id = '0af76519-16cd-43dd-8448-eb211c80319c'

test.each([
  { sort: 'started', key: '2026-11-29 10:00:00.000001+00', id, boundedSince: null },
  { sort: 'cost', key: '-12', id, boundedSince: '2026-11-27T10:00:00.000001Z' },
  { sort: 'duration', key: '-1', id, boundedSince: null },
] as const)(
  'the place of a row in a list by $sort is read as it was written, with the beginning of the list',
  (cursor) => {
    expect(cursorOf(cursorText(cursor), cursor.sort)).toEqual(cursor)
  },
)

test.each([
  ['a list by something else', cursorText({ sort: 'cost', key: '1', id, boundedSince: null }), 'tokens'],
  ['no beginning of a list', cursorText({ sort: 'cost', key: '1', id, boundedSince: "'; drop" }), 'cost'],
  ['no key', cursorText({ sort: 'cost', key: 'x', id, boundedSince: null }), 'cost'],
  ['no JSON', 'x', 'cost'],
] as const)('a place of %s is refused', (_, text, sort) => {
  expect(() => cursorOf(text, sort)).toThrow('The place in the list is none of this list.')
})
