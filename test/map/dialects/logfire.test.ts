import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

function map(scopeName: string, name: string, attributes: Record<string, AnyValue> = {}, type = 'span'): Facts {
  const scope = { name: scopeName, version: '5.2.0', attributes: new Map(), schemaUrl: '' }
  return mapSpan(spanWith({ 'logfire.span_type': type, ...attributes }, { name, scope }), options)
}

describe('the instrumentations of SDKs', () => {
  const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': 307, 'gen_ai.usage.output_tokens': 29 }

  test.each<[string, Record<string, AnyValue>, object]>([
    [
      "OpenAI's usage",
      {
        'gen_ai.usage.raw':
          '{"prompt_tokens_details":{"cached_tokens":128},"completion_tokens_details":{"reasoning_tokens":13}}',
      },
      { prompt: 307, completion: 29, cacheRead: 128, reasoning: 13 },
    ],
    [
      "Anthropic's usage, which leaves out of its input what the span's has",
      { 'gen_ai.usage.raw': '{"input_tokens":6,"cache_read_input_tokens":200,"cache_creation_input_tokens":101}' },
      { prompt: 307, cacheRead: 200, cacheWrite: 101 },
    ],
    [
      'usage inside the response, as it was first',
      { response_data: '{"usage":{"input_tokens_details":{"cached_tokens":128}}}' },
      { prompt: 307, cacheRead: 128 },
    ],
  ])('%s', (_, attributes, expected) => {
    expect(map('logfire.openai', 'Chat Completion with {model}', { ...chat, ...attributes }).usage).toMatchObject(
      expected,
    )
  })

  test('the span of a streamed response, whose type is log, is the call', () => {
    expect(map('logfire.openai', 'streaming response from {model}', chat, 'log').usage?.role).toBe('call')
  })
})

test('a placeholder of a span that has begun is plain', () => {
  const began = { 'gen_ai.operation.name': 'execute_tool', 'logfire.pending_parent_id': '00f067aa0ba902b7' }
  for (const scope of ['logfire', 'pydantic-ai'])
    expect(map(scope, 'execute_tool weather', began, 'pending_span')).toMatchObject({ kind: 'plain', tool: null })
})

test('a scrubbed value is no id', () => {
  const { statements } = map('logfire', 'step', { session_id: "[Scrubbed due to 'session']", user_id: 'u' })
  expect([statements.session, statements.user?.value]).toEqual([undefined, 'u'])
})
