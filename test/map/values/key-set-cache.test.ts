import { expect, test } from 'vitest'
import { cacheByKeySet } from '../../../src/map/values/key-set-cache.ts'

function counted() {
  let made = 0
  return cacheByKeySet(
    () => ++made,
    () => 2_000,
  )
}

const keys = (...names: readonly string[]) => new Map(names.map((name) => [name, Math.random()]))

test('the same scope and keys share one value, whatever the attribute values', () => {
  const of = counted()
  expect([of('s', keys('a', 'b')), of('s', keys('a', 'b'))]).toEqual([1, 1])
})

test('another scope, another key, fewer keys and another order have other values', () => {
  const of = counted()
  const shapes = [of('s', keys('a', 'b')), of('t', keys('a', 'b')), of('s', keys('a', 'c')), of('s', keys('a'))]
  expect([...shapes, of('s', keys('b', 'a')), of('s', keys()), of('a', keys('b'))]).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('the cache is emptied when a client sends ever new keys', () => {
  const of = counted()
  expect(of('s', keys('a'))).toBe(1)
  for (let i = 0; i < 20_000; i++) of('s', keys(`key ${i}`))
  expect(of('s', keys('a'))).toBe(20_002)
})
