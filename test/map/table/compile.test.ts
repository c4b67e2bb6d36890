import { expect, test } from 'vitest'
import { plain } from '../../../src/map/dialects/plain.ts'
import { dialects } from '../../../src/map/lookup/dialects.ts'
import { compileDialect, compileFields, keysOf, pruneDialect, pruneFields } from '../../../src/map/table/compile.ts'
import type { Source } from '../../../src/map/table/source.ts'

const keyOf = (source: Source) => (typeof source === 'function' ? [] : typeof source === 'string' ? source : source.key)

test('pruneFields drops sources whose attribute is missing, and keeps functions and the order', () => {
  const find = () => undefined
  const user = ['a', { key: 'b', path: ['c'] }, find, 'd', { key: 'e', read: find }]
  const narrow = pruneFields(compileFields({ user, model: ['f'] }), new Set(['d', 'b']))
  expect([narrow.user, narrow.model, narrow.tool]).toEqual([[user[1], find, 'd'], [], []])
})

test('pruneDialect keeps every rule and source that needs no attribute, or whose attribute is there', () => {
  for (const dialect of dialects) {
    const whole = compileDialect(dialect, plain)
    const none = pruneDialect(whole, new Set())
    expect(none.kinds).toEqual(whole.kinds.filter(({ key, has }) => key === undefined && has === undefined))
    const places = Object.values(none.fields).flat()
    expect(places.every((place) => typeof place === 'function')).toBe(true)
    const { input = [], output = [], forcedFunction = [] } = whole.messages ?? {}
    const keys = [...Object.values(whole.fields), input, output, forcedFunction, whole.stepMessages ?? []]
    const flat = [whole.messages?.flatInput, whole.messages?.flatOutput].map((prefix) => `${prefix}.0.content`)
    const marks = whole.kinds.flatMap(({ key, has }) => [key ?? [], has ?? []].flat())
    const all = pruneDialect(whole, new Set([...keys.flat().flatMap(keyOf), ...flat, ...marks]))
    expect(all).toEqual(whole)
  }
})

test('compileDialect appends the plain attributes to the sources of each dialect', () => {
  for (const dialect of dialects) {
    const { agent } = compileDialect(dialect, plain).fields
    expect(agent.slice(-plain.fields.agent!.length)).toEqual(plain.fields.agent)
  }
})

test('keysOf names the attributes of all sources but functions', () => {
  const read = () => undefined
  expect(keysOf(compileFields({ prompt: ['a', { key: 'b', path: ['c'] }, read], cost: [{ key: 'd', read }] }))).toEqual(
    ['a', 'b', 'd'],
  )
})

test('pruneDialect finds keys that look like usage, and which of them another dialect reads', () => {
  const found = ['prompt_tokens', 'a.tokens', 'b.tokens'].map((key) => ({ key, aboutModels: true, isMoney: false }))
  const compiled = compileDialect(plain, plain)
  const { unreadKeys } = pruneDialect(compiled, new Set(), { found, isKnown: (key) => key !== 'a.tokens' })
  expect(unreadKeys.unknown.map(({ key }) => key)).toEqual(['a.tokens'])
  expect(unreadKeys.foreign.map(({ key }) => key)).toEqual(['b.tokens'])
})
