import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { newItem } from '../../../src/map/table/item.ts'
import { firstValue, inBody, type Source, valueAt } from '../../../src/map/table/source.ts'
import { asCount, asName } from '../../../src/map/values/convert.ts'

const itemWith = (attributes: Record<string, AnyValue>, body: AnyValue = null) => {
  const item = newItem('step', new Map(Object.entries(attributes)), 'scope')
  item.body = body
  return item
}

describe('valueAt reads', () => {
  test.each<[string, Source]>([
    ['an attribute', 'plain'],
    ['a path inside JSON text', { key: 'json', path: ['a', 0] }],
    ['an attribute by a function', { key: 'plain', read: ({ attributes }) => attributes.get('plain') }],
    ['an item by a function', () => 'value'],
    ['a path inside the body', inBody('a', 0)],
  ])('%s', (_, source) => {
    expect(valueAt(itemWith({ plain: 'value', json: '{"a":["value"]}' }, '{"a":["value"]}'), source)).toBe('value')
  })
})

test('valueAt calls a function with a key only where the attribute is there', () => {
  const read = () => 'value'
  expect(valueAt(itemWith({ key: null }), { key: 'key', read })).toBe('value')
  expect(valueAt(itemWith({}), { key: 'key', read })).toBeUndefined()
})

test('null, an empty text and a missing attribute are no value', () => {
  for (const attributes of [{ key: null }, { key: '' }, {}])
    expect(valueAt(itemWith(attributes), 'key')).toBeUndefined()
})

test('firstValue returns the first value that the conversion accepts', () => {
  const item = itemWith({ one: 'none', two: '7', three: 8 })
  expect(firstValue(item, ['missing', 'one', 'two', 'three'], asCount)).toBe(7)
  expect(firstValue(item, ['one'], asName)).toBeNull()
  expect(firstValue(item, [], asName)).toBeNull()
  expect(firstValue(item, undefined, asName)).toBeNull()
})
