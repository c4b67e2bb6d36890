import { expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { unflatten } from '../../../src/map/values/unflatten.ts'

const listBelow = (prefix: string, attributes: Record<string, AnyValue>) =>
  unflatten(new Map(Object.entries(attributes)), prefix)

test('rebuilds lists inside lists', () => {
  const attributes = {
    'p.0.role': 'user',
    'p.0.content': 'why?',
    'p.1.role': 'assistant',
    'p.1.tool_calls.0.name': 'look',
    'p.1.tool_calls.1.name': 'see',
    other: 7,
  }
  expect(listBelow('p', attributes)).toEqual([
    { role: 'user', content: 'why?' },
    { role: 'assistant', tool_calls: [{ name: 'look' }, { name: 'see' }] },
  ])
})

test('sorts indices as numbers and closes gaps', () => {
  expect(listBelow('p', { 'p.10.x': 'c', 'p.9.x': 'b', 'p.2.x': 'a' })).toEqual([{ x: 'a' }, { x: 'b' }, { x: 'c' }])
})

test('returns undefined where no attribute begins with the prefix', () => {
  expect(listBelow('p', { 'pp.0.x': 1, p: 2 })).toBeUndefined()
})

test('drops entries with large indices and keys with very many parts', () => {
  expect(listBelow('p', { 'p.1023.x': 1, 'p.1024.x': 2, 'p.99999.x': 3 })).toEqual([{ x: 1 }])
  expect(listBelow('p', { [`p.0${'.x'.repeat(30)}`]: 1 })).toBeUndefined()
})

test('keeps the branch where one key is a value and others continue below it', () => {
  const [one, two] = [{ 'p.0.a': 1 }, { 'p.0.a.b': 2 }]
  expect(listBelow('p', { ...one, ...two })).toEqual([{ a: { b: 2 } }])
  expect(listBelow('p', { ...two, ...one })).toEqual([{ a: { b: 2 } }])
})

test('reads the values of each span, not those of the first one with its keys', () => {
  expect(listBelow('p', { 'p.0.x': 1 })).toEqual([{ x: 1 }])
  expect(listBelow('p', { 'p.0.x': 2 })).toEqual([{ x: 2 }])
})

test('a client may name a field `__proto__`', () => {
  expect(JSON.stringify(listBelow('p', { 'p.0.__proto__': 1, 'p.0.a': 2 }))).toBe('[{"__proto__":1,"a":2}]')
})
