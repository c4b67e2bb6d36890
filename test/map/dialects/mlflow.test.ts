import { expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanWith } from '../make.ts'

/** Every attribute is JSON text. */
function map(type: string, attributes: Record<string, unknown> = {}, other: Partial<Span> = {}): Facts {
  const json = Object.entries({ 'mlflow.spanType': type, ...attributes }).map(([key, value]): [string, AnyValue] => [
    key,
    JSON.stringify(value),
  ])
  return mapSpan(spanWith(Object.fromEntries(json), { name: 'plan', ...other }), options)
}

test.each([
  ['LLM', 'llm'],
  ['CHAT_MODEL', 'llm'],
  ['EMBEDDING', 'embedding'],
  ['RERANKER', 'rerank'],
  ['TOOL', 'tool'],
  ['AGENT', 'agent'],
  ['WORKFLOW', 'workflow'],
  ['CHAIN', 'plain'],
  ['UNKNOWN', 'plain'],
])('%s is %s', (type, kind) => expect(map(type).kind).toBe(kind))

test('a chain at the top is a workflow, and the one with the name of the agent is the agent, with or without a number', () => {
  expect(map('CHAIN', {}, atTop).kind).toBe('workflow')
  const metadata = { metadata: { lc_agent_name: 'plan' } }
  expect(map('CHAIN', metadata, { name: 'plan_2' })).toMatchObject({ kind: 'agent', agent: 'plan' })
  expect(map('CHAIN', metadata, { name: 'tools' }).kind).toBe('plain')
})

test('counters, model and cost of a call are read, also from its output', () => {
  const { usage, statements } = map('CHAT_MODEL', {
    'mlflow.chat.tokenUsage': { input_tokens: 307, output_tokens: 29, total_tokens: 336, cache_read_input_tokens: 128 },
    'mlflow.llm.model': 'm-1',
    'mlflow.llm.provider': 'openai',
    'mlflow.llm.cost': { total_cost: 0.25 },
    'mlflow.spanInputs': { model: 'm-1', messages: [{ role: 'user', content: 'why?' }] },
    'mlflow.spanOutputs': {
      id: 'chatcmpl-1',
      model: 'm-1-0718',
      choices: [{ message: { role: 'assistant', content: 'so.' } }],
      usage: { completion_tokens_details: { reasoning_tokens: 13 } },
    },
  })
  expect(usage).toMatchObject({
    role: 'call',
    prompt: 307,
    completion: 29,
    cacheRead: 128,
    reasoning: 13,
    provider: 'openai',
    model: 'm-1',
    responseModel: 'm-1-0718',
    responseId: 'chatcmpl-1',
    statedCostNano: 250_000_000,
  })
  expect([statements.query?.value, statements.result?.value]).toEqual(['why?', 'so.'])
})

test('counters that are repeated on a wrapper are an aggregate', () => {
  expect(map('AGENT', { 'mlflow.chat.tokenUsage': { input_tokens: 1, output_tokens: 1 } }).usage?.role).toBe(
    'aggregate',
  )
})

test('a tool run is read', () => {
  const attributes = {
    'mlflow.spanInputs': { city: 'Lisbon' },
    'mlflow.spanOutputs': { content: 'sunny', name: 'weather', tool_call_id: 'c1' },
  }
  expect(map('TOOL', attributes, { name: 'weather_1' }).tool).toMatchObject({
    name: 'weather',
    callId: 'c1',
    input: '{"city":"Lisbon"}',
    output: 'sunny',
  })
})
