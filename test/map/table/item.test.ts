import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { bodyTree, type Item, newItem, oncePerItem, treeOf, treeOrText } from '../../../src/map/table/item.ts'

const itemWith = (attributes: Record<string, AnyValue>) => newItem('step', new Map(Object.entries(attributes)), 'scope')

describe('treeOf', () => {
  test.each<[string, AnyValue, unknown]>([
    ['a structure', new Map([['a', 1]]), new Map([['a', 1]])],
    ['JSON text', '{"a":1}', { a: 1 }],
    ['JSON inside a JSON string', '"{\\"a\\":1}"', { a: 1 }],
    ["Python's repr", "{'a': None}", { a: null }],
    ['a quoted text', '"text"', 'text'],
  ])('reads %s', (_, value, tree) => expect(treeOf(itemWith({ key: value }), 'key')).toEqual(tree))

  test.each([['text'], ['{"a":'], ['{a}'], ['']])('returns undefined for %o', (value) => {
    expect(treeOf(itemWith({ key: value }), 'key')).toBeUndefined()
  })

  test('parses a text once', () => {
    const item = itemWith({ key: '{"a":1}' })
    expect(treeOf(item, 'key')).toBe(treeOf(item, 'key'))
  })
})

test('treeOrText returns the text where it is no structure', () => {
  expect(treeOrText(itemWith({ key: 'text' }), 'key')).toBe('text')
  expect(treeOrText(itemWith({ key: '[1]' }), 'key')).toEqual([1])
  expect(treeOrText(itemWith({}), 'key')).toBeUndefined()
})

test('bodyTree parses the body, not the attribute with an empty key', () => {
  const item = itemWith({ '': '{"of":"attribute"}' })
  item.body = '{"of":"body"}'
  expect(bodyTree(item)).toEqual({ of: 'body' })
})

test('oncePerItem calls the function once for an item, also for a result of undefined', () => {
  const seen: Item[] = []
  const read = oncePerItem((item) => {
    seen.push(item)
    return undefined
  })
  const [one, two] = [itemWith({}), itemWith({})]
  for (const item of [one, one, two, two]) read(item)
  expect(seen).toEqual([one, two])
})
