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

  test('are a sum under names of their own', () => {
    expect(map('invoke_agent', counters('aggregated_usage')).usage).toMatchObject({ ...counted, role: 'aggregate' })
  })

  test('are whatever had been counted by then under those of a call', () => {
    expect(map('invoke_agent', counters('usage')).usage).toMatchObject({ ...counted, role: 'lifetime' })
  })

  test("a call's are its own", () => {
    expect(map('chat', { ...counters('usage'), 'operation.cost': 0.5 }).usage).toMatchObject({
      ...counted,
      role: 'call',
      statedCostNano: 500_000_000,
    })
  })
})

describe('what was asked and answered', () => {
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

  test('begins where the run does, and is no request to try again', () => {
    const { statements } = map('invoke_agent', {
      'pydantic_ai.all_messages': JSON.stringify(messages),
      'pydantic_ai.new_message_index': 2,
      final_result: '{"city":"Lisbon"}',
    })
    expect([statements.query?.value, statements.result?.value]).toEqual(['why?', '{"city":"Lisbon"}'])
  })

  test('was a list of events before', () => {
    const events = [
      { 'event.name': 'gen_ai.system.message', role: 'system', content: 'be brief' },
      { 'event.name': 'gen_ai.user.message', role: 'user', content: 'why?' },
      { 'event.name': 'gen_ai.choice', index: 0, message: { role: 'assistant', content: 'so.' } },
    ]
    const { statements } = map('chat', { events: JSON.stringify(events) })
    expect([statements.query?.value, statements.result?.value]).toEqual(['why?', 'so.'])
  })
})

test('tools in the old and the new spelling; a group of them is none', () => {
  expect(
    map('execute_tool', { 'gen_ai.tool.name': 'weather', tool_arguments: '{"a":1}', tool_response: 'sunny' }).tool,
  ).toMatchObject({ name: 'weather', input: '{"a":1}', output: 'sunny' })
  expect(map('', {}, 'running 2 tools').kind).toBe('plain')
})

test('ids are in the metadata of the outermost run', () => {
  const { workflowId, statements } = map('invoke_agent', { metadata: '{"workflow_id":"wf-1","user_id":"u"}' })
  expect([workflowId, statements.user?.value]).toEqual(['wf-1', 'u'])
})
