import { describe, expect, test } from 'vitest'
import {
  addField,
  child,
  entriesOf,
  firstChild,
  isList,
  isRecord,
  type MutableRecord,
  sizeOf,
} from '../../../src/map/values/tree.ts'

describe('child', () => {
  test.each([
    ['a Map', new Map([['a', 1]]), 'a', 1],
    ['a Map with a number', new Map([['0', 1]]), 0, 1],
    ['a list', ['x', 'y'], 1, 'y'],
    ['a parsed object', { a: null }, 'a', null],
  ])('returns the child of %s', (_, tree, key, value) => expect(child(tree, key)).toBe(value))

  test.each([
    ['a missing key', { a: 1 }, 'b'],
    ['a text key of a list', ['x'], 'length'],
    ['bytes', new Uint8Array([1]), 0],
    ['a text', 'text', 0],
    ['null', null, 'a'],
    ['undefined', undefined, 'a'],
    ['an inherited function', {}, 'toString'],
    ['the prototype', {}, '__proto__'],
  ])('returns undefined for %s', (_, tree, key) => expect(child(tree, key)).toBeUndefined())

  test('returns a field that a client named `__proto__`', () => {
    expect(child(JSON.parse('{"__proto__":1}'), '__proto__')).toBe(1)
  })
})

test('firstChild returns the first child that exists and is not null', () => {
  expect(firstChild({ a: null, b: '', c: 1 }, ['missing', 'a', 'b', 'c'])).toBe('')
  expect(firstChild({ a: null }, ['a', 'b'])).toBeUndefined()
})

test('addField adds `__proto__` as a field like others', () => {
  const record: MutableRecord = {}
  for (const key of ['a', '__proto__']) addField(record, key, 1)
  expect(Object.keys(record)).toEqual(['a', '__proto__'])
  expect(Object.getPrototypeOf(record)).toBe(Object.prototype)
})

test.each([
  [new Map(), true, false],
  [{}, true, false],
  [[], false, true],
  [new Uint8Array(), false, false],
  ['text', false, false],
  [null, false, false],
  [undefined, false, false],
])('%o is a record: %s, a list: %s', (tree, record, list) => {
  expect([isRecord(tree), isList(tree)]).toEqual([record, list])
})

test('entriesOf and sizeOf count the fields of a Map and of an object', () => {
  for (const record of [
    new Map([
      ['a', 1],
      ['b', 2],
    ]),
    { a: 1, b: 2 },
  ]) {
    expect(entriesOf(record)).toEqual([
      ['a', 1],
      ['b', 2],
    ])
    expect(sizeOf(record)).toBe(2)
  }
})
