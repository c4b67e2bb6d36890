import { describe, expect, test } from 'vitest'
import { argumentsText, jsonText } from '../../../src/map/values/json.ts'

describe('jsonText', () => {
  test.each([
    [Number.NaN, '"NaN"'],
    [-Infinity, '"-Infinity"'],
    [-0, '0'],
    [9_223_372_036_854_775_807n, '9223372036854775807'],
    [new Uint8Array([1, 2, 255]), '"AQL/"'],
    ['a\0\ud800"', '"a\ufffd\ufffd\\""'],
    [new Map([['__proto__', 1]]), '{"__proto__":1}'],
    [[null, true, 'x'], '[null,true,"x"]'],
  ])('%s', (value, json) => {
    expect(jsonText(value, 100)).toBe(json)
  })

  test('a long value is cut at a character and marked', () => {
    for (const value of [
      '😀'.repeat(500),
      '\n'.repeat(500),
      Array(500).fill('item'),
      new Map([['key', '\u0001'.repeat(500)]]),
    ]) {
      const json = jsonText(value, 200)
      expect(json.length).toBeLessThanOrEqual(200)
      expect(json.length).toBeGreaterThan(140)
      expect(JSON.stringify(JSON.parse(json))).toContain('…')
    }
  })

  test('many long keys fit as well', () => {
    const map = new Map(Array.from({ length: 100 }, (_, index) => [`${index}${'k'.repeat(300)}`, index]))
    expect(JSON.parse(jsonText(map, 1_000))['…']).toBe('…')
  })
})

describe('argumentsText', () => {
  test('JSON that jsonb refuses is rewritten', () => {
    expect(argumentsText('{"a":"\\u0000"}', 1_000)).toBe('{"a":"\ufffd"}')
    expect(argumentsText('{"a":"\\ud800"}', 1_000)).toBe('{"a":"\ufffd"}')
    expect(argumentsText('{"a":1e999}', 1_000)).toBe('{"a":"Infinity"}')
  })

  test('deep JSON is cut at its depth', () => {
    const json = argumentsText(`${'['.repeat(5_000)}${']'.repeat(5_000)}`, 100_000)
    expect(json.match(/\[/g)!.length).toBe(40)
  })

  test('valid JSON text stays as it is, digits and blanks included', () => {
    expect(argumentsText('{ "b": 1.50, "a": [] }', 1_000)).toBe('{ "b": 1.50, "a": [] }')
  })
})
