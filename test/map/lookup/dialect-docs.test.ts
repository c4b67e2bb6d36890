import { expect, test } from 'vitest'
import { attributeTable, dialectTable } from '../../../src/map/lookup/dialect-docs.ts'
import { dialects } from '../../../src/map/lookup/dialects.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

test('the documented attribute is the one that is read, in the documented order', () => {
  const prompts = attributeTable().filter(
    ({ dialect, column }) => dialect === 'OTel GenAI' && column === 'token_usage.prompt_tokens',
  )
  expect(prompts.map(({ precedence }) => precedence)).toEqual(prompts.map((_, index) => index + 1))
  for (const { attribute } of prompts) {
    const span = spanWith({ 'gen_ai.operation.name': 'chat', [attribute]: 7 })
    expect(mapSpan(span, options).usage?.prompt).toBe(7)
  }
})

test('every line names a column', () => {
  for (const row of attributeTable()) expect(row.attribute !== '' && row.column !== '').toBe(true)
})

test('every dialect says for itself what its table was made from', () => {
  expect(new Set(dialects.map(({ about }) => about)).size).toBe(dialects.length)
  expect(new Set(dialects.map(({ name }) => name)).size).toBe(dialects.length)
  for (const { seen } of dialectTable()) expect(seen).not.toBe('')
})
