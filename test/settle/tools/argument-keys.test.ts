import { expect, test } from 'vitest'
import { argumentKey, requestKeys, unknownArguments } from '../../../src/settle/tools/argument-keys.ts'

/** Whether a span with these arguments may be the run of a request with those. */
function fits(span: string, request: string): boolean {
  return requestKeys(request).includes(argumentKey(span))
}

test('equal arguments have equal keys, whatever the order of their names', () => {
  expect(argumentKey('{"a":{"x":1,"y":[2,3]},"b":null}')).toBe(
    argumentKey('{ "b": null, "a": { "y": [2, 3], "x": 1 } }'),
  )
  expect(argumentKey('[1,2]')).not.toBe(argumentKey('[2,1]'))
  expect(argumentKey('{"a":null}')).not.toBe(argumentKey('{"a":"null"}'))
})

test('a number and a boolean have the key of their text', () => {
  expect(argumentKey('{"a":1,"b":[true]}')).toBe(argumentKey('{"a":"1","b":["true"]}'))
})

test('a span may have the values without their names, or the only value alone', () => {
  expect(['{"a":1,"b":2}', '[1,2]', '[2,1]', '1'].map((span) => fits(span, '{"a":1,"b":2}'))).toEqual([
    true,
    true,
    false,
    false,
  ])
  expect(['{"a":1}', '[1]', '1', '"1"', '{"b":1}'].map((span) => fits(span, '{"a":1}'))).toEqual([
    true,
    true,
    true,
    true,
    false,
  ])
})

test('the key of all arguments comes first', () => {
  expect(requestKeys('{"a":1}')[0]).toBe(argumentKey('{"a":1}'))
})

test('unknown arguments have a key that no request has', () => {
  expect(argumentKey(null)).toBe(unknownArguments)
  expect(requestKeys(null)).toEqual([])
  for (const json of ['""', '[]', '{}', 'null']) expect(requestKeys(json)).not.toContain(unknownArguments)
})
