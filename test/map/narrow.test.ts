import { expect, test } from 'vitest'
import { dialects } from '../../src/map/dialects/index.ts'
import { narrowDialect, narrowFields } from '../../src/map/narrow.ts'

test('places whose attribute is missing are left out, in the order of the table; functions stay', () => {
  const find = () => undefined
  const fields = {
    user: ['a', { key: 'b', path: ['c'] }, find, 'd', { key: 'e', unlessScope: /^x/ }],
    model: ['f'],
  }
  expect(narrowFields(fields, new Set(['d', 'b']))).toEqual({ user: [fields.user[1], find, 'd'] })
})

test('no dialect loses a rule or place that needs no attribute', () => {
  for (const dialect of dialects) {
    const narrow = narrowDialect(dialect, new Set())
    const free = dialect.kinds.filter((rule) => !('key' in rule) && rule.has === undefined)
    expect(narrow.kinds).toEqual(free)
    expect(
      Object.values(narrow.fields)
        .flat()
        .every((source) => typeof source === 'function'),
    ).toBe(true)
  }
})
