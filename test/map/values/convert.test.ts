import { describe, expect, test } from 'vitest'
import { mapSpan } from '../../../src/map/span.ts'
import { asAmount, asCount, asFlag, asId, asName, asText, unquoted } from '../../../src/map/values/convert.ts'
import { options, spanWith } from '../make.ts'

const record = new Map([['a', 1]])

test.each([
  ['text', 'text'],
  ['', null],
  [null, null],
  [7, '7'],
  [7n, '7'],
  [true, 'true'],
  [record, '{"a":1}'],
  [['x'], '["x"]'],
])('asText(%o) returns %o', (value, text) => expect(asText(value)).toBe(text))

describe('asName', () => {
  test.each(['', ' ', 'none', 'None', 'NULL', 'undefined', 'unknown', '<nil>', 'N/A', '<not specified>', '"none"'])(
    'returns null for %o, which says nothing',
    (value) => expect(asName(value)).toBeNull(),
  )

  test.each([
    [' gpt-4o ', 'gpt-4o'],
    ['"planner"', 'planner'],
    ['nonesuch', 'nonesuch'],
  ])('reads %o as %o', (value, name) => expect(asName(value)).toBe(name))

  test('returns null for what Logfire scrubbed, and for values that are no text', () => {
    for (const value of ["[Scrubbed due to 'session']", 7, true, null, record]) expect(asName(value)).toBeNull()
  })
})

test.each([
  [12, '12'],
  [2n ** 60n, '1152921504606846976'],
  ['"u-1"', 'u-1'],
  ['default', null],
  ['Default', null],
  ['none', null],
  [true, null],
])('asId(%o) returns %o', (value, id) => expect(asId(value)).toBe(id))

test.each([
  ['"a"', 'a'],
  ['"a\\n"', 'a\n'],
  ['"a', '"a'],
  ['a"b"', 'a"b"'],
])('unquoted(%o) returns %o', (text, inside) => expect(unquoted(text)).toBe(inside))

describe('asCount', () => {
  test.each([
    [100, 100],
    [0, 0],
    [100n, 100],
    ['100', 100],
    ['100.0', 100],
    ['100.000', 100],
    [' 100 ', 100],
    ['\t100.0\n', 100],
    ['007', 7],
  ])('reads %o as %o', (value, count) => expect(asCount(value)).toBe(count))

  test.each([
    '',
    ' ',
    '100.5',
    '100.',
    '.0',
    '1e3',
    '-100',
    '+100',
    '0x10',
    '1 000',
    '1,000',
    'none',
    100.5,
    -1,
    -1n,
    Number.NaN,
    Infinity,
    true,
    null,
  ])('returns null for %o', (value) => expect(asCount(value)).toBeNull())
})

test('a counter attribute that is a whole number as text is counted', () => {
  const counters = (input: string) => {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': input }
    return mapSpan(spanWith(attributes), options).usage?.prompt
  }
  expect(['100.0', ' 100 ', '100.5', '1e3'].map(counters)).toEqual([100, 100, undefined, undefined])
})

test.each([
  [0.5, 0.5],
  ['0.5', 0.5],
  ['5e-3', 0.005],
  ['', null],
  ['-1', null],
  [-1, null],
  [Infinity, null],
  [1n, null],
])('asAmount(%o) returns %o', (value, amount) => expect(asAmount(value)).toBe(amount))

test.each([
  [true, true],
  ['True', true],
  ['FALSE', false],
  ['yes', null],
  [1, null],
])('asFlag(%o) returns %o', (value, flag) => expect(asFlag(value)).toBe(flag))
