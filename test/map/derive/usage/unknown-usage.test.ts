import { expect, test } from 'vitest'
import type { AnyValue } from '../../../../src/decode/span.ts'
import type { Facts } from '../../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../../src/map/span.ts'
import { options, spanWith } from '../../make.ts'

function factsOf(attributes: Readonly<Record<string, AnyValue>>): Facts {
  const call = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o' }
  return mapSpan(spanWith({ ...call, ...attributes }), options)
}

const unknown = { class: 'chat', responseId: null, model: 'gpt-4o' }

test.each<[string, Readonly<Record<string, AnyValue>>, object]>([
  ['a response id', { 'gen_ai.response.id': 'r-1' }, { ...unknown, responseId: 'r-1' }],
  ['a finish reason', { 'gen_ai.response.finish_reasons': ['stop'] }, unknown],
  ['an answer', { 'gen_ai.output.messages': '[{"role":"assistant","content":"Yes."}]' }, unknown],
  [
    'a response model, which goes before the asked one',
    { 'gen_ai.response.id': 'r-1', 'gen_ai.response.model': 'gpt-4o-2024' },
    { ...unknown, responseId: 'r-1', model: 'gpt-4o-2024' },
  ],
])('a call that has %s and no usage is a call of unknown usage', (_, attributes, expected) => {
  const { usage, unknownUsage } = factsOf(attributes)
  expect([usage, unknownUsage]).toEqual([null, expected])
})

const answered = { 'gen_ai.response.id': 'r-1' }
const tokens = (input: AnyValue, output: AnyValue) => ({
  ...answered,
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
})

test.each<[string, Readonly<Record<string, AnyValue>>]>([
  ['below 0', tokens(-1n, -1n)],
  ['of an output below 0', tokens(10n, -1n)],
  ['of no input', tokens(0n, 5n)],
  ['that no model takes', tokens(9_000_000_000n, 5n)],
])('counters %s are no usage', (_, attributes) => {
  expect(factsOf(attributes).unknownUsage).toEqual({ ...unknown, responseId: 'r-1' })
})

test.each<[string, Readonly<Record<string, AnyValue>>]>([
  ['has its usage', tokens(10n, 5n)],
  ['has no output', tokens(10n, 0n)],
  ['was not answered', {}],
  [
    'has only the output of a function',
    { 'openinference.span.kind': 'LLM', 'llm.model_name': 'gpt-4o', 'output.value': '{"messages": ["Hi"]}' },
  ],
  ['is no model call', { ...answered, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'search' }],
])('a span that %s is none', (_, attributes) => expect(factsOf(attributes).unknownUsage).toBeNull())
