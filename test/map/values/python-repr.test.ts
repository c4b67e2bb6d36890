import { describe, expect, test } from 'vitest'
import { parsePython } from '../../../src/map/values/python-repr.ts'

test("parsePython reads what `repr` prints for Python's own values", () => {
  const text = `{'a': None, "b": [1, -2.5e3, (True,), ()], 'c': 'it\\'s \\n \\u00e9\\x21', 'd': {}, 3: <Finish.STOP: 'stop'>}`
  expect(parsePython(text)).toEqual({ a: null, b: [1, -2500, [true], []], c: "it's \n é!", d: {}, 3: null })
})

test('parsePython reads an object that prints as its constructor as a record', () => {
  expect(parsePython(`Call(arguments='{"city":"Lisbon"}', call_id='c1', at=datetime.Point(x=1))`)).toEqual({
    arguments: '{"city":"Lisbon"}',
    call_id: 'c1',
    at: { x: 1 },
  })
})

describe('parsePython returns undefined for', () => {
  test.each([
    [''],
    ['hello'],
    ['{'],
    ["{'a'"],
    ["{'a': 1"],
    ["{'a': 1} and more"],
    ["['a' 'b']"],
    ["{'a': 'cut o"],
    ['Call(1)'],
    ['['.repeat(1000)],
  ])('%s', (text) => {
    expect(parsePython(text)).toBeUndefined()
  })
})
