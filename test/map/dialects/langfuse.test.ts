import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanWith } from '../make.ts'

const key = (name: string): string => `langfuse.observation.${name}`

function map(type: string, attributes: Record<string, AnyValue> = {}, other: Partial<Span> = {}): Facts {
  const below = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [key(name), value]))
  return mapSpan(spanWith({ [key('type')]: type, ...below }, { name: 'plan', ...other }), options)
}

test.each([
  ['generation', 'llm'],
  ['embedding', 'embedding'],
  ['tool', 'tool'],
  ['agent', 'agent'],
  ['chain', 'plain'],
  ['retriever', 'plain'],
  ['event', 'plain'],
])('%s is %s', (type, kind) => expect(map(type).kind).toBe(kind))

test('a span at the top is a workflow, and one with a model a call of old versions', () => {
  expect(map('span', {}, atTop).kind).toBe('workflow')
  expect(map('span', { 'model.name': 'm-1' }).kind).toBe('llm')
})

test('the agent is the run of LangChain with the name of the agent', () => {
  const metadata = { 'metadata.lc_agent_name': '"plan"' }
  expect(map('span', metadata)).toMatchObject({ kind: 'agent', agent: 'plan' })
  expect(map('span', metadata, { name: 'tools' })).toMatchObject({ kind: 'plain' })
})

test('an agent inside a tool of another agent has its own name', () => {
  const metadata = { 'metadata.lc_agent_name': 'lead', 'metadata.ls_integration': 'langchain_create_agent' }
  const all = { ...metadata, 'metadata.langgraph_node': 'tools', output: '{"messages":[]}' }
  expect(map('span', all, { name: 'writer' })).toMatchObject({ kind: 'agent', agent: 'writer' })
  expect(map('span', all, { name: 'tools' }).kind).toBe('plain')
  expect(map('span', { ...all, output: '{"output":[]}' }, { name: 'RunnableLambda' }).kind).toBe('plain')
})

describe('tokens', () => {
  const usage = (details: object): Facts['usage'] => map('generation', { usage_details: JSON.stringify(details) }).usage

  test.each([
    ['disjoint buckets', { input: 179, input_cached_tokens: 128, output: 16, output_reasoning_tokens: 13, total: 336 }],
    ['disjoint buckets of LangChain', { input: 179, input_cache_read: 128, output: 16, output_reasoning: 13 }],
    [
      'buckets that their total denies',
      { input: 307, input_cached_tokens: 128, output: 29, output_reasoning: 13, total: 336 },
    ],
    [
      "OpenAI's",
      {
        prompt_tokens: 307,
        completion_tokens: 29,
        total_tokens: 336,
        prompt_tokens_details: { cached_tokens: 128 },
        completion_tokens_details: { reasoning_tokens: 13 },
      },
    ],
    [
      "OpenAI's of responses",
      {
        input_tokens: 307,
        output_tokens: 29,
        input_tokens_details: { cached_tokens: 128 },
        output_tokens_details: { reasoning_tokens: 13 },
      },
    ],
  ])('%s', (_, details) => {
    expect(usage(details)).toMatchObject({ role: 'call', prompt: 307, completion: 29, cacheRead: 128, reasoning: 13 })
  })

  test('counters under the names of Anthropic are not summed with the buckets', () => {
    const details = { input: 110, output: 37, cache_read_input_tokens: 20, cache_creation_input_tokens: 81 }
    expect(usage(details)).toMatchObject({ prompt: 211, cacheRead: 20, cacheWrite: 81 })
  })

  test('a failed call with a cost of 0 has no usage', () => {
    expect(map('generation', { level: 'ERROR', cost_details: '{"total":0}' }).usage).toBeNull()
  })
})

test('the level ERROR is a failure without a status', () => {
  expect(map('tool', { level: 'ERROR', status_message: 'closed' })).toMatchObject({ outcome: 'error', error: 'closed' })
  expect(map('tool', { level: 'WARNING', status_message: 'slow' })).toMatchObject({ outcome: 'ok' })
})

test('the input of a tool is its keyword arguments, the output the text of its message', () => {
  const attributes = {
    input: '{"args":[],"kwargs":{"city":"Lisbon"}}',
    output: '{"kwargs":{"content":"sunny","tool_call_id":"c1"}}',
  }
  expect(map('tool', attributes, { name: 'weather' }).tool).toMatchObject({
    name: 'weather',
    callId: 'c1',
    input: '{"city":"Lisbon"}',
    output: 'sunny',
  })
})

test('ids in the metadata are read without their quotes', () => {
  const { workflowId, statements } = mapSpan(
    spanWith({
      [key('type')]: 'span',
      'langfuse.trace.metadata.workflow_id': '"wf-1"',
      'langfuse.trace.metadata.langfuse_user_id': '"u"',
      'session.id': 's',
    }),
    options,
  )
  expect([workflowId, statements.user?.value, statements.session?.value]).toEqual(['wf-1', 'u', 's'])
})
