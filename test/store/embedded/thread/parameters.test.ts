import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { parametersAsText } from '../../../../src/store/embedded/thread/parameters.ts'

/** The text that node-postgres sends for a value. */
const { prepareValue } = createRequire(import.meta.url)('pg/lib/utils') as { prepareValue(value: unknown): unknown }

test.each([
  ['a text', 'é"\\'],
  ['a number', 1.5],
  ['a bigint', 9_007_199_254_740_993n],
  ['a boolean', false],
  ['null', null],
  ['undefined', undefined],
  ['an object', { a: 'b"' }],
  ['a list', ['a', null, 'b"\\,{}', '', 'NULL', 'null']],
  [
    'a list of lists',
    [
      [1, 2],
      [3, null],
    ],
  ],
  ['an empty list', []],
])('%s becomes the text that node-postgres sends', (_, value) => {
  const sent = prepareValue(value)
  expect(parametersAsText([value])).toEqual([sent === null || sent === undefined ? null : String(sent)])
})

test('bytes and dates become the text that PostgreSQL reads', () => {
  const bytes = new Uint8Array([0, 255])
  const date = new Date(Date.UTC(2026, 1, 3, 4, 5, 6, 789))
  expect(parametersAsText([bytes, date, [bytes, null]])).toEqual([
    '\\x00ff',
    '2026-02-03T04:05:06.789Z',
    '{"\\\\x00ff",NULL}',
  ])
})
