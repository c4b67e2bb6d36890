import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

const scope = { name: 'pydantic-ai', version: '2.68.0', attributes: new Map(), schemaUrl: '' }

function map(operation: string, attributes: Record<string, AnyValue> = {}, name = 'step'): Facts {
  return mapSpan(spanWith({ 'gen_ai.operation.name': operation, ...attributes }, { name, scope }), options)
}

const counters = (kind: 'usage' | 'aggregated_usage'): Record<string, AnyValue> => ({
  [`gen_ai.${kind}.input_tokens`]: 775,
  [`gen_ai.${kind}.output_tokens`]: 99,
  [`gen_ai.${kind}.cache_read.input_tokens`]: 192,
  [`gen_ai.${kind}.details.reasoning_tokens`]: 11,
})

describe('the counters of a run', () => {
  const counted = { prompt: 775, completion: 99, cacheRead: 192, reasoning: 11 }

  test('are an aggregate under the names of version 2', () => {
    expect(map('invoke_agent', counters('aggregated_usage')).usage).toMatchObject({ ...counted, role: 'aggregate' })
  })

  test('cover a lifetime under the names of a call', () => {
    expect(map('invoke_agent', counters('usage')).usage).toMatchObject({ ...counted, role: 'lifetime' })
  })

  test('are those of the call on a call', () => {
    expect(map('chat', { ...counters('usage'), 'operation.cost': 0.5 }).usage).toMatchObject({
      ...counted,
      role: 'call',
      statedCostNano: 500_000_000,
    })
  })
})

describe('query and result', () => {
  const user = (...parts: object[]): object => ({ role: 'user', parts })
  const messages = [
    user({ type: 'text', content: 'earlier' }),
    { role: 'assistant', parts: [{ type: 'text', content: 'yes' }] },
    user({ type: 'text', content: 'why?' }),
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'weather', arguments: '{}' }] },
    user(
      { type: 'tool_call_response', id: 'c1', name: 'weather', result: 'sunny' },
      { type: 'text', content: 'Try again' },
    ),
  ]

  test('are the first message of the run itself, not a request to retry', () => {
    const { statements } = map('invoke_agent', {
      'pydantic_ai.all_messages': JSON.stringify(messages),
      'pydantic_ai.new_message_index': 2,
      final_result: '{"city":"Lisbon"}',
    })
    expect([statements.query?.value, statements.result?.value]).toEqual(['why?', '{"city":"Lisbon"}'])
  })

  test('are read from the list of events in older versions', () => {
    const events = [
      { 'event.name': 'gen_ai.system.message', role: 'system', content: 'be brief' },
      { 'event.name': 'gen_ai.user.message', role: 'user', content: 'why?' },
      { 'event.name': 'gen_ai.choice', index: 0, message: { role: 'assistant', content: 'so.' } },
    ]
    const { statements } = map('chat', { events: JSON.stringify(events) })
    expect([statements.query?.value, statements.result?.value]).toEqual(['why?', 'so.'])
  })
})

test('tools are read in both spellings, and a group of tools is plain', () => {
  expect(
    map('execute_tool', { 'gen_ai.tool.name': 'weather', tool_arguments: '{"a":1}', tool_response: 'sunny' }).tool,
  ).toMatchObject({ name: 'weather', input: '{"a":1}', output: 'sunny' })
  expect(map('', {}, 'running 2 tools').kind).toBe('plain')
})

test('ids are read from the metadata', () => {
  const { workflowId, statements } = map('invoke_agent', { metadata: '{"workflow_id":"wf-1","user_id":"u"}' })
  expect([workflowId, statements.user?.value]).toEqual(['wf-1', 'u'])
})
