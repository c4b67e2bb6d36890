import { describe, expect, test } from 'vitest'
import { detectorsOf } from '../../../src/map/lookup/detect.ts'
import type { Detect, Dialect, KindRule } from '../../../src/map/table/dialect.ts'
import { newItem } from '../../../src/map/table/item.ts'
import { noUsage } from '../../../src/map/table/shared-parts.ts'

function dialect(name: string, detect: Detect, kinds: readonly KindRule[] = []): Dialect {
  return { name, about: { seen: '', signals: 'traces', silent: '' }, detect, kinds, fields: {}, usage: noUsage }
}

const last = dialect('last', {}, [{ kind: 'task', has: ['task'] }])

function recognised(dialects: readonly Dialect[], keys: readonly string[], { scope = '', name = 'step' } = {}) {
  const detector = detectorsOf([...dialects, last])(scope, new Set(keys))
  const item = newItem(name, new Map(keys.map((key) => [key, 'value'])), scope)
  return {
    ...detector.recognise(item),
    matched: detector.match(item).dialects.map((one) => one.name),
    ofRecord: detector.match({ ...item, isRecord: true }).dialects.map((one) => one.name),
  }
}

describe('a dialect matches by', () => {
  test.each([
    ['its scope', { scopes: ['my.scope'] }, [], true],
    ['the beginning of its scope', { scopes: ['my.'] }, [], true],
    ['another scope', { scopes: ['my'] }, [], false],
    ['an attribute', { keys: ['key'] }, ['key'], true],
    ['the beginning of an attribute', { keys: ['key:'] }, ['key:x'], true],
    ['an attribute and one besides', { keys: ['key'], with: ['a', 'b'] }, ['key', 'b'], true],
    ['an attribute without the one besides', { keys: ['key'], with: ['a'] }, ['key'], false],
    ['an attribute with one that rules it out', { keys: ['key'], without: ['b.'] }, ['key', 'b.x'], false],
    ['a condition that holds', { keys: ['key'], when: (): boolean => true }, ['key'], true],
    ['a condition that fails', { keys: ['key'], when: (): boolean => false }, ['key'], false],
  ] as const)('%s: %o with %o: %s', (_, detect, keys, matches) => {
    const { matched } = recognised([dialect('one', detect)], keys, { scope: 'my.scope' })
    expect(matched).toEqual(matches ? ['one', 'last'] : ['last'])
  })
})

test('the name of a log record is a mark as an attribute is', () => {
  const { matched, ofRecord } = recognised([dialect('one', { keys: ['my.'] })], [], { name: 'my.event' })
  expect([matched, ofRecord]).toEqual([['last'], ['one', 'last']])
})

describe('the kind is that of the first rule that holds', () => {
  const kinds: readonly KindRule[] = [
    { kind: 'tool', name: /^call/, has: ['key'] },
    { key: 'kind', values: { value: 'agent' } },
    { kind: 'llm', has: ['key'], when: ({ isTop }) => !isTop },
  ]

  test.each([
    [['key'], 'call it', 'tool'],
    [['kind'], 'call it', 'agent'],
    [['key', 'kind'], 'step', 'agent'],
    [['key'], 'step', 'llm'],
    [['task', 'mark'], 'step', 'task'],
    [['mark'], 'step', 'plain'],
  ])('of attributes %o and name %o: %s', (keys, name, kind) => {
    expect(recognised([dialect('one', { keys: ['key', 'kind', 'mark'] }, kinds)], keys, { name }).kind).toBe(kind)
  })
})

test('a dialect that does not know the kind leaves the span to the next one', () => {
  const [one, two] = [dialect('one', { keys: ['key'] }), dialect('two', { keys: ['key'] }, [{ kind: 'agent' }])]
  const found = recognised([one, two], ['key'])
  expect([found.dialect.name, found.kind, found.matched]).toEqual(['two', 'agent', ['one', 'two', 'last']])
})

test('more conditions than a number has bits give right answers', () => {
  const many = Array.from({ length: 70 }, (_, i) =>
    dialect(`d${i}`, { keys: ['key'], when: ({ name }) => name.split(' ').includes(`d${i}`) }),
  )
  const detector = detectorsOf([...many, last])('', new Set(['key']))
  for (const names of [['d0'], ['d32'], ['d0', 'd69'], ['d31', 'd32', 'd33'], []]) {
    const item = newItem(names.join(' '), new Map([['key', 1]]), '')
    for (let times = 0; times < 2; times++)
      expect(detector.match(item).dialects.map(({ name }) => name)).toEqual([...names, 'last'])
  }
})

test('equal answers to the conditions share one result', () => {
  const one = dialect('one', { keys: ['key'], when: ({ name }) => name === 'mine' })
  const detector = detectorsOf([one, last])('', new Set(['key']))
  const item = (name: string) => newItem(name, new Map([['key', 1]]), '')
  expect(detector.match(item('mine'))).toBe(detector.match(item('mine')))
  expect(detector.match(item('mine'))).not.toBe(detector.match(item('yours')))
})

test('a client with ever new scopes and keys is recognised all the same', () => {
  const detectorOf = detectorsOf([dialect('one', { keys: ['key.'] }), last])
  for (let i = 0; i < 10_000; i++) {
    const key = `key.${i}`
    const item = newItem('step', new Map([[key, 1]]), `scope ${i}`)
    if (i > 9_990) expect(detectorOf(item.scope, new Set([key])).match(item).dialects[0]!.name).toBe('one')
    else detectorOf(item.scope, new Set([key]))
  }
})
