import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanEvent, spanWith } from '../make.ts'

const map = (attributes: Record<string, AnyValue>, other: Partial<Span> = {}): Facts =>
  mapSpan(spanWith(attributes, other), options)
const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm-1' }

describe('kinds', () => {
  test.each([
    ['chat', 'llm'],
    ['generate_content', 'llm'],
    ['text_completion', 'llm'],
    ['embeddings', 'embedding'],
    ['execute_tool', 'tool'],
    ['invoke_agent', 'agent'],
    ['invoke_workflow', 'workflow'],
    ['create_agent', 'plain'],
    ['retrieval', 'plain'],
  ])('operation %s is %s', (operation, kind) => {
    expect(map({ 'gen_ai.operation.name': operation, 'gen_ai.request.model': 'm-1' }).kind).toBe(kind)
  })

  test.each([
    ['invoke_agent writer', { 'gen_ai.agent.id': 'a' }, 'agent'],
    ['execute_tool search', { 'gen_ai.tool.call.id': 'c' }, 'tool'],
    ['openai.chat', { 'gen_ai.system': 'openai', 'gen_ai.usage.prompt_tokens': 1 }, 'llm'],
    ['openai.embeddings', { 'gen_ai.system': 'openai', 'gen_ai.usage.prompt_tokens': 1 }, 'embedding'],
    ['tools/call search', { 'mcp.method.name': 'tools/call' }, 'tool'],
    ['tools/list', { 'mcp.method.name': 'tools/list' }, 'plain'],
    ['GET', { 'gen_ai.agent.name': 'stamped', 'gen_ai.conversation.id': 'c' }, 'plain'],
  ])('without an operation, the kind of %s follows from its name and attributes', (name, attributes, kind) => {
    expect(map(attributes as Record<string, AnyValue>, { name }).kind).toBe(kind)
  })

  test('the plain attributes give a kind that the conventions do not know', () => {
    expect(map({ workflow_id: 'wf', 'gen_ai.conversation.id': 'c' }, atTop)).toMatchObject({
      kind: 'workflow',
      workflowId: 'wf',
    })
  })

  test('the usage of an unknown operation is an aggregate, unless it has a response', () => {
    const open = { 'gen_ai.operation.name': 'orchestrate', 'gen_ai.usage.input_tokens': 5 }
    expect(map(open).usage?.role).toBe('aggregate')
    expect(map({ ...open, 'gen_ai.response.id': 'resp_1' }).usage?.role).toBe('call')
  })

  test('creating an agent is plain', () => {
    expect(map({ 'gen_ai.operation.name': 'create_agent', 'gen_ai.agent.name': 'writer' })).toMatchObject({
      agent: null,
      events: [],
    })
  })

  test('the usage of an agent is an aggregate', () => {
    expect(map({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 5 }).usage?.role).toBe(
      'aggregate',
    )
  })

  test('the agent name of a workflow span is the name of the workflow', () => {
    const facts = map({ 'gen_ai.operation.name': 'invoke_workflow', 'gen_ai.agent.name': 'trip' })
    expect(facts).toMatchObject({ agent: null, statements: { workflowName: 'trip' } })
  })
})

describe('providers', () => {
  test.each([
    ['openai.responses', 'openai'],
    ['anthropic.messages', 'anthropic'],
    ['aws.bedrock', 'aws.bedrock'],
    ['gcp.gemini', 'gcp.gemini'],
    ['azure.ai.openai', 'azure.ai.openai'],
    ['langchain', null],
    ['gcp.vertex.agent', null],
    ['unknown', null],
  ])('%s is %s', (stated, provider) => {
    expect(map({ ...chat, 'gen_ai.system': stated, 'gen_ai.usage.input_tokens': 1 }).usage?.provider).toBe(provider)
  })
})

describe('usage', () => {
  test('NaN is no count, and a span without a count has no usage', () => {
    expect(
      map({ ...chat, 'gen_ai.usage.input_tokens': Number.NaN, 'gen_ai.usage.output_tokens': null }).usage,
    ).toBeNull()
    expect(
      map({ ...chat, 'gen_ai.usage.input_tokens': Number.NaN, 'gen_ai.usage.output_tokens': 7 }).usage,
    ).toMatchObject({
      prompt: 0,
      completion: 7,
    })
  })

  test('a model call that failed without counters has no usage', () => {
    const failed = map({ ...chat, 'error.type': '429' }, { status: { code: 2, message: '' } })
    expect(failed).toMatchObject({ kind: 'llm', usage: null, outcome: 'error', error: '429' })
  })

  test('a counter in two spellings is read once', () => {
    const usage = map({
      ...chat,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.prompt_tokens': 100,
      'gen_ai.usage.cache_creation.input_tokens': 20,
      'gen_ai.usage.cache_write.input_tokens': 20,
      'gen_ai.usage.cache_read.input_tokens': 30,
      'gen_ai.usage.details.cache_read_tokens': 30,
    }).usage
    expect(usage).toMatchObject({ prompt: 100, cacheRead: 30, cacheWrite: 20, cacheSemantics: 'as reported' })
  })

  test('an embedding has no completion', () => {
    const embedding = {
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.usage.input_tokens': 14,
      'gen_ai.usage.output_tokens': 14,
    }
    expect(map(embedding).usage).toMatchObject({ class: 'embedding', prompt: 14, completion: 0 })
  })

  test('a stated cost of 0 is no cost', () => {
    const costOf = (cost: number): number | null | undefined =>
      map({ ...chat, 'gen_ai.usage.input_tokens': 1, 'gen_ai.usage.cost': cost }).usage?.statedCostNano
    expect([costOf(0), costOf(0.25), costOf(1e12)]).toEqual([null, 250_000_000, 9_999_999_999_000])
  })

  test.each([
    ['com.anthropic.sdk.python', 40],
    ['@opentelemetry/instrumentation-openai', 30],
    ['opentelemetry.instrumentation.google_genai', 30],
    ['opentelemetry.instrumentation.openai_agents', 20],
    ['litellm', 10],
    ['my-agent', 20],
  ])('scope %s has trust %i', (name, trust) => {
    const scope = { name, version: '', attributes: new Map(), schemaUrl: '' }
    expect(map({ ...chat, 'gen_ai.usage.input_tokens': 1 }, { scope }).usage?.trust).toBe(trust)
  })
})

describe('messages', () => {
  const parts = [
    { role: 'user', parts: [{ type: 'text', content: 'earlier?' }] },
    { role: 'assistant', parts: [{ type: 'text', content: 'yes' }] },
    { role: 'user', parts: [{ type: 'text', content: 'now?' }] },
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'look', arguments: { at: 1 } }] },
    { role: 'user', parts: [{ type: 'tool_call_response', id: 'c1', result: 'seen' }] },
  ]
  const output = [
    {
      role: 'assistant',
      parts: [
        { type: 'reasoning', content: 'hm' },
        { type: 'text', content: 'done' },
      ],
    },
  ]

  test('the query is the last user text, the result the last assistant text', () => {
    const facts = map({
      ...chat,
      'gen_ai.input.messages': JSON.stringify(parts),
      'gen_ai.output.messages': JSON.stringify(output),
    })
    expect(facts.statements).toEqual({ query: { rank: 2, value: 'now?' }, result: { rank: 2, value: 'done' } })
    expect(facts.asks).toEqual([{ callId: 'c1', name: 'look', input: '{"at":1}' }])
    expect(facts.answers).toEqual([{ callId: 'c1', name: null, output: 'seen', failed: false }])
    expect(facts.events[0]).toMatchObject({ type: 'agent.thinking', message: 'm-1: hm' })
  })

  test('messages of an agent rank before those of a call', () => {
    const facts = map({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.input.messages': JSON.stringify(parts) })
    expect(facts.statements.query).toEqual({ rank: 1, value: 'now?' })
  })

  test('messages as structures are read', () => {
    const message = new Map<string, AnyValue>([
      ['role', 'user'],
      [
        'parts',
        [
          new Map<string, AnyValue>([
            ['type', 'text'],
            ['content', 'why?'],
          ]),
        ],
      ],
    ])
    expect(map({ ...chat, 'gen_ai.input.messages': [message] }).statements.query?.value).toBe('why?')
  })

  test('bare text, flattened lists and single messages are read', () => {
    expect(map({ ...chat, 'gen_ai.prompt': 'why?', 'gen_ai.completion': 'so' }).statements).toMatchObject({
      query: { value: 'why?' },
      result: { value: 'so' },
    })
    const flat = {
      'gen_ai.prompt.10.role': 'user',
      'gen_ai.prompt.10.content': 'last',
      'gen_ai.prompt.9.role': 'user',
      'gen_ai.prompt.9.content': 'before',
      'gen_ai.completion.0.role': 'assistant',
      'gen_ai.completion.0.tool_calls.0.id': 'c9',
      'gen_ai.completion.0.tool_calls.0.name': 'look',
      'gen_ai.completion.0.tool_calls.0.arguments': '{"at":1}',
    }
    const facts = map({ ...chat, ...flat })
    expect(facts.statements.query?.value).toBe('last')
    expect(facts.asks).toEqual([{ callId: 'c9', name: 'look', input: '{"at":1}' }])
  })

  test('messages as span events are read', () => {
    const events = [
      spanEvent('gen_ai.user.message', { content: '[{"text":"why?"}]' }),
      spanEvent('gen_ai.assistant.message', {
        tool_calls: '[{"id":"c1","function":{"name":"look","arguments":"{}"}}]',
      }),
      spanEvent('gen_ai.tool.message', { id: 'c1', content: 'seen' }),
      spanEvent('gen_ai.choice', { message: 'so', finish_reason: 'stop' }),
    ]
    const facts = map(chat, { events })
    expect(facts.statements).toMatchObject({ query: { value: 'why?' }, result: { value: 'so' } })
    expect(facts.asks).toEqual([{ callId: 'c1', name: 'look', input: '{}' }])
    expect(facts.answers).toEqual([{ callId: 'c1', name: null, output: 'seen', failed: false }])
    expect(
      map(chat, { events: [spanEvent('gen_ai.content.prompt', { 'gen_ai.prompt': 'old?' })] }).statements.query?.value,
    ).toBe('old?')
  })

  test.each([
    [
      'OpenAI responses',
      [
        { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'look', arguments: '{"at":1}' },
        { type: 'function_call_output', call_id: 'c1', output: 'seen' },
      ],
      false,
    ],
    [
      'OpenAI chat',
      [
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', function: { name: 'look', arguments: '{"at":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'seen' },
      ],
      false,
    ],
    [
      'Anthropic',
      [
        { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'look', input: { at: 1 } }] },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c1', content: [{ type: 'text', text: 'seen' }], is_error: true },
          ],
        },
      ],
      true,
    ],
    [
      'Bedrock',
      [
        { role: 'assistant', content: [{ toolUse: { toolUseId: 'c1', name: 'look', input: { at: 1 } } }] },
        { role: 'user', content: [{ toolResult: { toolUseId: 'c1', status: 'error', content: [{ text: 'seen' }] } }] },
      ],
      true,
    ],
  ])('%s: a tool call and its result have one id', (_, messages, failed) => {
    const facts = map({ ...chat, 'gen_ai.input.messages': JSON.stringify(messages) })
    expect(facts.asks).toEqual([{ callId: 'c1', name: 'look', input: '{"at":1}' }])
    expect(facts.answers).toEqual([{ callId: 'c1', name: null, output: 'seen', failed }])
    expect(facts.statements.query).toBeUndefined()
  })

  test('JSON that was cut off is no query', () => {
    expect(
      map({ ...chat, 'gen_ai.input.messages': '[{"role":"user","parts":[{"type":"te' }).statements.query,
    ).toBeUndefined()
  })

  test('the arguments of a streamed call replace the empty ones that came first', () => {
    const asks = [{}, { at: 1 }].map((input) => ({
      role: 'assistant',
      content: [{ type: 'tool_use', id: 'c1', name: 'look', input }],
    }))
    expect(map({ ...chat, 'gen_ai.input.messages': JSON.stringify(asks) }).asks[0]?.input).toBe('{"at":1}')
  })
})

test('a conversation is the session only where no attribute names a session', () => {
  const both = { ...chat, 'gen_ai.conversation.id': 'resp_1', 'session.id': 's-1' }
  expect(map(both).statements.session).toEqual({ rank: 0, value: 's-1' })
  expect(map({ ...chat, 'gen_ai.conversation.id': 'resp_1' }).statements.session).toEqual({ rank: 1, value: 'resp_1' })
})
