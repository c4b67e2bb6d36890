import { expect, test } from 'vitest'
import { plain } from '../../../src/map/dialects/plain.ts'
import { fieldNames, fieldTable, plainUseOf } from '../../../src/map/table/fields.ts'

test('every field has a setting of its own and a column', () => {
  expect(new Set(fieldNames.map((name) => fieldTable[name].setting)).size).toBe(fieldNames.length)
  for (const name of fieldNames) expect(fieldTable[name].column).not.toBe('')
})

test('plainUseOf names how a plain attribute is read', () => {
  expect([plainUseOf('tool'), plainUseOf('user'), plainUseOf('query'), plainUseOf('model')]).toEqual([
    'appended',
    'stamped',
    'text',
    undefined,
  ])
})

test('the plain dialect has all fields that are read as texts, and the ids of a run', () => {
  const needed = fieldNames.filter((name) => plainUseOf(name) === 'text')
  for (const name of [...needed, 'workflowId', 'user', 'session', 'tenant'] as const)
    expect(plain.fields[name]?.length ?? 0, name).toBeGreaterThan(0)
})
