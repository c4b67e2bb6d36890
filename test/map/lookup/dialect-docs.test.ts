import { expect, test } from 'vitest'
import { attributeTable, dialectTable } from '../../../src/map/lookup/dialect-docs.ts'
import { dialects } from '../../../src/map/lookup/dialects.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

test('the documented attributes are read, in the documented order', () => {
  const prompts = attributeTable().filter(
    ({ dialect, column }) => dialect === 'OTel GenAI' && column === 'token_usage.prompt_tokens',
  )
  expect(prompts.map(({ precedence }) => precedence)).toEqual(prompts.map((_, index) => index + 1))
  expect(prompts.length).toBeGreaterThan(2)
  for (const { attribute } of prompts) {
    const span = spanWith({ 'gen_ai.operation.name': 'chat', [attribute]: 7 })
    expect(mapSpan(span, options).usage?.prompt).toBe(7)
  }
})

test('every row names an attribute and a column', () => {
  const rows = attributeTable()
  expect(rows.length).toBeGreaterThan(500)
  expect(rows.filter(({ attribute, column }) => attribute === '' || column === '')).toEqual([])
})

test('every dialect has a name of its own, and says what its table was made from', () => {
  expect(new Set(dialects.map(({ about }) => about)).size).toBe(dialects.length)
  expect(new Set(dialects.map(({ name }) => name)).size).toBe(dialects.length)
  expect(dialectTable().filter(({ seen }) => seen === '')).toEqual([])
})
