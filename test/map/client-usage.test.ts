import { describe, expect, test } from 'vitest'
import { mapper } from './dialects/scoped.ts'
import { spanEvent } from './make.ts'

// the attributes of clients of which no recording, or only that of another version, is at hand

const counters = (prompt: number, completion: number) => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.request.model': 'm-1',
  'gen_ai.usage.input_tokens': prompt,
  'gen_ai.usage.output_tokens': completion,
})

describe('cached tokens', () => {
  test.each(['opentelemetry.instrumentation.botocore.bedrock-runtime', 'opentelemetry.instrumentation.bedrock'])(
    'stand beside the input in %s, whatever its total says',
    (scope) => {
      const map = mapper(scope)
      const written = { ...counters(110, 37), 'gen_ai.usage.cache_creation.input_tokens': 101 }
      const read = { ...counters(179, 29), 'gen_ai.usage.cache_read.input_tokens': 128 }
      expect(map('chat m-1', { ...written, 'gen_ai.usage.total_tokens': 147 }).usage?.prompt).toBe(211)
      expect(map('chat m-1', read).usage?.prompt).toBe(307)
    },
  )

  test("are in the prompt of Claude's Agent SDK where its total says so", () => {
    const usage = (prompt: number, total: number) =>
      mapper('openinference.instrumentation.claude_agent_sdk')('ClaudeAgentSDK.query', {
        'openinference.span.kind': 'AGENT',
        'llm.token_count.prompt': prompt,
        'llm.token_count.completion': 2,
        'llm.token_count.prompt_details.cache_read': 128,
        'llm.token_count.prompt_details.cache_write': 53,
        'llm.token_count.total': total,
      }).usage
    expect(usage(372, 374)?.prompt).toBe(372)
    expect(usage(191, 0)?.prompt).toBe(372)
  })

  test('written for an hour are known apart, as SDK and AI SDK write them', () => {
    const own = {
      ...counters(3000, 10),
      'gen_ai.usage.cache_creation.input_tokens': 2904,
      'anthropic.usage.cache_creation.ephemeral_5m_input_tokens': 1104,
      'anthropic.usage.cache_creation.ephemeral_1h_input_tokens': 1800,
    }
    const cache_creation = { ephemeral_5m_input_tokens: 1104, ephemeral_1h_input_tokens: 1800 }
    const usage = { input_tokens: 96, cache_creation_input_tokens: 2904, cache_creation }
    const vercel5 = {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.usage.inputTokens': 96,
      'ai.usage.outputTokens': 10,
      'ai.response.providerMetadata': JSON.stringify({ anthropic: { usage, cacheCreationInputTokens: 2904 } }),
    }
    const read = { prompt: 3000, cacheWrite: 2904, parts: { cacheWrite1h: 1800 } }
    expect(mapper('com.anthropic.sdk.python')('anthropic.messages.create', own).usage).toMatchObject(read)
    expect(mapper('ai')('ai.generateText.doGenerate', vercel5).usage).toMatchObject(read)
  })

  test("of ADK's JavaScript are in the response of Gemini, with the thoughts", () => {
    const usageMetadata = {
      promptTokenCount: 307,
      candidatesTokenCount: 16,
      thoughtsTokenCount: 13,
      cachedContentTokenCount: 128,
      totalTokenCount: 336,
    }
    const facts = mapper('gcp.vertex.agent')('call_llm', {
      'gen_ai.operation.name': 'call_llm',
      'gen_ai.request.model': 'gemini-2.5-flash',
      'gen_ai.usage.input_tokens': 307,
      'gen_ai.usage.output_tokens': 16,
      'gcp.vertex.agent.llm_response': JSON.stringify({ usageMetadata }),
    })
    expect(facts.usage).toMatchObject({ role: 'call', prompt: 307, completion: 29, cacheRead: 128, reasoning: 13 })
  })
})

describe('LiteLLM', () => {
  const map = mapper('litellm')
  const usage_object =
    "{'completion_tokens': 29, 'prompt_tokens': 307, 'total_tokens': 336, 'prompt_tokens_details': {'audio_tokens': None, 'cached_tokens': 128}}"
  test('is read by its scope, although a common key comes with it', () => {
    const facts = map('litellm_request', {
      ...counters(307, 29),
      'llm.request.type': 'completion',
      'metadata.usage_object': usage_object,
    })
    expect(facts.dialect).toMatch(/LiteLLM/)
    expect(facts.usage).toMatchObject({ prompt: 307, completion: 29, cacheRead: 128 })
  })

  test('bills nothing that its own cache has answered', () => {
    const request = (hidden: object) =>
      map('litellm_request', {
        ...counters(211, 37),
        'llm.request.type': 'completion',
        hidden_params: JSON.stringify(hidden),
      })
    expect(request({ cache_key: 'cce18af', response_cost: 0 }).usage).toBeNull()
    expect(request({ cache_key: null, response_cost: 0.000042 }).usage).toMatchObject({ statedCostNano: 42_000 })
  })
})

test('usage in an event of a call of Ax is that of the call, with the cached tokens that its input leaves out', () => {
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm-1' }
  const counted = {
    'gen_ai.usage.input_tokens': 179,
    'gen_ai.usage.output_tokens': 29,
    'gen_ai.usage.total_tokens': 336,
  }
  const facts = mapper('ax-app')(
    'AI Chat Request',
    { ...attributes, 'ax.provider.request_id': 'r' },
    { events: [spanEvent('gen_ai.usage', counted)] },
  )
  expect(facts.usage).toMatchObject({ role: 'call', prompt: 307, completion: 29 })
})

test("a transcription is a call, in the AI SDK's old names", () => {
  const facts = mapper('ai')('ai.transcribe', {
    'ai.operationId': 'ai.transcribe',
    'ai.model.id': 'gpt-4o-mini-transcribe',
    'ai.usage.input_tokens': 47,
    'ai.usage.output_tokens': 11,
  })
  expect(facts).toMatchObject({ kind: 'llm', usage: { role: 'call', prompt: 47, completion: 11 } })
})
