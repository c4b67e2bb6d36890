import { describe, expect, test } from 'vitest'
import { mapRecord } from '../../../src/map/record.ts'
import { options, recordWith } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const scope = { name: 'autogen_core.events', version: '', attributes: new Map(), schemaUrl: '' }
const record = (body: object) => mapRecord(recordWith({ body: JSON.stringify(body), scope }), options)

describe('a log record with the event name in its body:', () => {
  test('LLMCall is a call with its messages and counters', () => {
    const call = { id: 'c1', function: { name: 'weather', arguments: '{"city":"Lisbon"}' } }
    const facts = record({
      type: 'LLMCall',
      messages: [{ role: 'user', content: 'why?' }],
      response: {
        id: 'chatcmpl-1',
        model: 'm-1',
        choices: [{ message: { role: 'assistant', content: 'so.', tool_calls: [call] } }],
        usage: { prompt_tokens_details: { cached_tokens: 128 }, completion_tokens_details: { reasoning_tokens: 13 } },
      },
      prompt_tokens: 307,
      completion_tokens: 29,
    })
    expect(facts).toMatchObject({
      name: 'LLMCall',
      kind: 'llm',
      usage: { role: 'call', prompt: 307, completion: 29, cacheRead: 128, reasoning: 13, responseId: 'chatcmpl-1' },
      statements: { query: { rank: 3, value: 'why?' }, result: { rank: 3, value: 'so.' } },
      asks: [{ callId: 'c1', name: 'weather', input: '{"city":"Lisbon"}' }],
    })
  })

  const asked = [{ role: 'user', content: 'why?' }]
  const streamEnd = (content: unknown, prompt: number, completion: number) =>
    record({ type: 'LLMStreamEnd', response: { content }, prompt_tokens: prompt, completion_tokens: completion })

  test('the start of a stream has the input, its end the output', () => {
    expect(record({ type: 'LLMStreamStart', messages: asked })).toMatchObject({
      kind: 'llm',
      usage: null,
      statements: { query: { rank: 3, value: 'why?' } },
    })
    expect(streamEnd('so.', 307, 29)).toMatchObject({
      usage: { role: 'call', prompt: 307, completion: 29 },
      statements: { result: { rank: 3, value: 'so.' } },
    })
    expect(streamEnd([{ id: 'c1', name: 'weather', arguments: '{"city":"Lisbon"}' }], 211, 37)).toMatchObject({
      asks: [{ callId: 'c1', name: 'weather', input: '{"city":"Lisbon"}' }],
      statements: {},
    })
  })

  test('counters of 0 that the provider did not state are no usage', () => {
    expect(streamEnd('so.', 0, 0).usage).toBeNull()
    expect(streamEnd('', 307, 0).usage).toMatchObject({ prompt: 307, completion: 0 })
  })

  test('the prompt of Anthropic excludes cached tokens', () => {
    const usage = { input_tokens: 110, output_tokens: 37, cache_read_input_tokens: 20, cache_creation_input_tokens: 81 }
    expect(record({ type: 'LLMCall', response: { usage }, prompt_tokens: 110, completion_tokens: 37 })).toMatchObject({
      usage: { prompt: 211, completion: 37, cacheRead: 20, cacheWrite: 81 },
    })
  })

  test('any other record is an event only', () => {
    expect(record({ type: 'ToolCall', tool_name: 'weather', arguments: {} })).toMatchObject({
      name: 'ToolCall',
      kind: 'plain',
      usage: null,
      tool: null,
    })
  })
})

test('spans follow the semantic conventions', () => {
  expect(mapper('autogen-core')('invoke_agent planner', operation('invoke_agent'))).toMatchObject({
    kind: 'agent',
    agent: 'planner',
  })
})
