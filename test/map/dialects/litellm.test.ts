import { describe, expect, test } from 'vitest'
import { atTop } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const map = mapper('litellm')
const call = {
  ...operation('chat'),
  'litellm.call_id': 'l-1',
  'gen_ai.request.model': 'm-1',
  'gen_ai.system': 'openai',
  'gen_ai.response.id': 'chatcmpl-1',
  'gen_ai.usage.input_tokens': 307,
  'gen_ai.usage.output_tokens': 29,
  'gen_ai.cost.total_cost': 0.25,
  'gen_ai.cost.discount_percent': 99,
}

describe('a call is read', () => {
  test('from a span of its own', () => {
    expect(map('litellm_request', call)).toMatchObject({
      kind: 'llm',
      usage: {
        role: 'call',
        trust: 10,
        prompt: 307,
        completion: 29,
        responseId: 'chatcmpl-1',
        statedCostNano: 250_000_000,
      },
    })
  })

  test('from the span of the caller, which has the last call', () => {
    const attributes = {
      ...call,
      workflow_id: 'wf-1',
      'gen_ai.output.messages': '[{"role":"assistant","content":"not the end"}]',
    }
    const facts = mapper('trip-app')('trip', attributes, atTop)
    expect(facts).toMatchObject({ kind: 'workflow', workflowId: 'wf-1', usage: { role: 'last-step' } })
    expect(facts.statements.result).toBeUndefined()
  })

  test('from the raw request, with the counters of the provider as Python prints them', () => {
    const facts = map('raw_gen_ai_request', {
      'llm.openai.messages':
        "[{'role': 'user', 'content': 'why?'}, {'role': 'tool', 'tool_call_id': 'c0', 'content': 'sunny'}]",
      'llm.openai.id': 'chatcmpl-1',
      'llm.openai.model': 'm-1-0718',
      'llm.openai.choices':
        "[{'message': {'content': None, 'role': 'assistant', 'tool_calls': [{'id': 'c1', 'function': {'arguments': '{}', 'name': 'weather'}}]}}]",
      'llm.openai.usage':
        "{'prompt_tokens': 307, 'completion_tokens': 29, 'total_tokens': 336, 'prompt_tokens_details': {'cached_tokens': 128}, 'completion_tokens_details': {'reasoning_tokens': 13}}",
    })
    expect(facts).toMatchObject({
      kind: 'llm',
      usage: {
        role: 'call',
        prompt: 307,
        completion: 29,
        cacheRead: 128,
        reasoning: 13,
        provider: 'openai',
        responseModel: 'm-1-0718',
        responseId: 'chatcmpl-1',
      },
      statements: { query: { value: 'why?' } },
      asks: [{ callId: 'c1', name: 'weather' }],
      answers: [{ callId: 'c0', output: 'sunny' }],
    })
  })

  test('from the raw request of Anthropic, whose input excludes cached tokens', () => {
    const facts = map('raw_gen_ai_request', {
      'llm.anthropic.usage':
        "{'input_tokens': 110, 'cache_creation_input_tokens': 81, 'cache_read_input_tokens': 20, 'output_tokens': 37}",
      'llm.anthropic.content': "[{'type': 'text', 'text': 'so.'}]",
    })
    expect(facts).toMatchObject({
      usage: { prompt: 211, completion: 37, cacheRead: 20, cacheWrite: 81, provider: 'anthropic' },
      statements: { result: { value: 'so.' } },
    })
  })
})

test('details of the counters are read from the `repr` of an object', () => {
  const usage_object =
    "{'prompt_tokens_details': {'cached_tokens': 128}, 'completion_tokens_details': {'reasoning_tokens': 13}}"
  expect(map('litellm_request', { ...call, 'metadata.usage_object': usage_object }).usage).toMatchObject({
    prompt: 307,
    cacheRead: 128,
    reasoning: 13,
  })
})

test('the model is the requested one, not the name that a proxy shows', () => {
  const proxied = { ...call, 'litellm.model_group': 'ours', 'gen_ai.response.model': 'ours' }
  expect(map('litellm_request', proxied).usage).toMatchObject({ model: 'm-1', responseModel: null })
})

test('the id of a failed call is no response id', () => {
  expect(map('litellm_request', { ...call, 'gen_ai.response.id': 'l-1' }).usage?.responseId).toBeNull()
})

test('the steps of the proxy are plain', () => {
  for (const name of ['Received Proxy Server Request', 'router', 'self', 'guardrail'])
    expect(map(name, { service: name, call_type: 'acompletion' }).kind).toBe('plain')
})

test('ids of the caller are read, and the default user of the proxy is no user', () => {
  const facts = map('litellm_request', {
    ...call,
    'metadata.requester_metadata': "{'workflow_id': 'wf-1', 'session_id': 's', 'headers': {}}",
    'metadata.user_api_key_user_id': 'default_user_id',
    'metadata.user_api_key_end_user_id': '',
    'llm.user': 'u',
  })
  expect([facts.workflowId, facts.statements.session?.value, facts.statements.user?.value]).toEqual(['wf-1', 's', 'u'])
})
