import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanWith } from '../make.ts'

function map(run: string, attributes: Record<string, AnyValue> = {}, other: Partial<Span> = {}): Facts {
  return mapSpan(spanWith({ 'langsmith.span.kind': run, ...attributes }, { name: 'plan', ...other }), options)
}

const counters = { 'gen_ai.usage.input_tokens': 307, 'gen_ai.usage.output_tokens': 29 }

test.each([
  ['llm', 'chat', 'llm'],
  ['tool', 'execute_tool', 'tool'],
  ['retriever', 'embeddings', 'plain'],
  ['prompt', 'chat', 'plain'],
  ['chain', 'chain', 'plain'],
])('%s, an operation of %s, is %s', (run, operation, kind) => {
  expect(map(run, { 'gen_ai.operation.name': operation }).kind).toBe(kind)
})

test('a chain at the top is a workflow, and the one with the name of the agent is the agent', () => {
  const agent = { 'langsmith.metadata.lc_agent_name': 'plan' }
  expect(map('chain', {}, atTop).kind).toBe('workflow')
  expect(map('chain', agent)).toMatchObject({ kind: 'agent', agent: 'plan' })
  expect(map('chain', agent, { name: 'tools' }).kind).toBe('plain')
})

describe('a run that overwrites the span of its caller:', () => {
  const written = { 'langsmith.trace.name': 'ChatOpenAI', 'langsmith.metadata.agent': 'planner' }

  test('the span is the agent and has the usage of the call', () => {
    const facts = map('llm', { ...written, ...counters }, { name: 'planner' })
    expect(facts).toMatchObject({ kind: 'agent', agent: 'planner', usage: { role: 'call', prompt: 307 } })
  })

  test('a span at the top is the agent that its metadata name', () => {
    const step = { 'langsmith.trace.name': '__start__', 'langsmith.metadata.lc_agent_name': 'planner' }
    const asked = { 'gen_ai.prompt': '{"messages":[{"role":"user","content":"why?"}]}' }
    expect(map('chain', { ...step, ...asked }, { name: 'trip', ...atTop })).toMatchObject({
      kind: 'agent',
      agent: 'planner',
      statements: { query: { value: 'why?' } },
    })
  })

  test('a call with a span of its own, and a tool, are no agents', () => {
    expect(map('llm', { ...written, ...counters }, { name: 'ChatOpenAI' })).toMatchObject({ kind: 'llm', agent: null })
    expect(map('tool', { ...written, 'langsmith.trace.name': 'look' }, { name: 'look' }).kind).toBe('tool')
  })
})

describe('tokens', () => {
  test.each<[string, Record<string, AnyValue>]>([
    [
      'with details as Python prints them',
      {
        'gen_ai.usage.input_token_details': "{'audio': 0, 'cache_read': 128, 'cache_creation': 5}",
        'gen_ai.usage.output_token_details': "{'reasoning': 13}",
      },
    ],
    [
      'with cache writes by how long they live',
      {
        'gen_ai.usage.input_token_details':
          '{"cache_read":128,"cache_creation":0,"ephemeral_5m_input_tokens":3,"ephemeral_1hr_input_tokens":2}',
        'gen_ai.usage.output_token_details': '{"reasoning":13}',
      },
    ],
    [
      'in the metadata alone',
      {
        'gen_ai.usage.input_tokens': null,
        'gen_ai.usage.output_tokens': null,
        'langsmith.usage_metadata':
          '{"input_tokens":307,"output_tokens":29,"input_token_details":{"cache_read":128,"cache_creation":5},"output_token_details":{"reasoning":13}}',
      },
    ],
    [
      'with details in the metadata',
      {
        'langsmith.metadata.usage_metadata':
          '{"input_token_details":{"cache_read":128,"cache_creation":5},"output_token_details":{"reasoning":13}}',
      },
    ],
  ])('%s', (_, details) => {
    expect(map('llm', { ...counters, ...details }).usage).toMatchObject({
      role: 'call',
      prompt: 307,
      completion: 29,
      cacheRead: 128,
      cacheWrite: 5,
      reasoning: 13,
    })
  })

  test('the usage of a chain is that of the last message', () =>
    expect(map('chain', counters, atTop).usage?.role).toBe('last-step'))
})

test('the answer of a model is read as LangChain keeps it', () => {
  const kwargs = { content: 'so.', response_metadata: { model_name: 'm-1-0718', id: 'resp_1' }, id: 'lc_run--1' }
  const message = { lc: 1, type: 'constructor', id: ['langchain', 'schema', 'messages', 'AIMessage'], kwargs }
  const facts = map('llm', { ...counters, 'gen_ai.completion': JSON.stringify({ generations: [[{ message }]] }) })
  expect(facts).toMatchObject({
    usage: { responseModel: 'm-1-0718', responseId: 'resp_1' },
    statements: { result: { value: 'so.' } },
  })
})

test('the id of a project is no session', () => {
  const { statements } = map('chain', {
    'langsmith.trace.session_id': 'project',
    'langsmith.trace.session_name': 'default',
    'langsmith.metadata.thread_id': 't',
  })
  expect(statements.session).toEqual({ rank: 1, value: 't' })
})

test.each([['{"city":"Lisbon"}'], ['{"input":"{\\"city\\":\\"Lisbon\\"}"}']])(
  'the input of a tool is read from %s',
  (prompt) => {
    const output = '{"output":{"content":"sunny","tool_call_id":"c1"}}'
    expect(
      map('tool', { 'gen_ai.prompt': prompt, 'gen_ai.completion': output }, { name: 'weather' }).tool,
    ).toMatchObject({
      name: 'weather',
      callId: 'c1',
      input: '{"city":"Lisbon"}',
      output: 'sunny',
    })
  },
)

test('the input of a tool of the AI SDK is read without the options of the call', () => {
  const prompt = '{"args":[{"city":"Lisbon"},{"toolCallId":"c1","messages":[{"role":"user","content":"why?"}]}]}'
  const attributes = { 'gen_ai.prompt': prompt, 'gen_ai.completion': '{"outputs":"sunny"}' }
  expect(map('tool', attributes, { name: 'weather' }).tool).toMatchObject({
    callId: 'c1',
    input: '{"city":"Lisbon"}',
    output: 'sunny',
  })
})

describe('a span of the AI SDK that the exporter of LangSmith rewrote', () => {
  const scope = { name: 'ai', version: '', attributes: new Map(), schemaUrl: '' }
  const ids = {
    'langsmith.metadata.workflow_id': 'wf',
    'langsmith.metadata.userId': 'u',
    'langsmith.metadata.threadId': 't',
  }

  test('keeps its kind and all counters', () => {
    const call = {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.usage.inputTokens': 307,
      'ai.usage.outputTokens': 29,
      'ai.usage.outputTokenDetails.reasoningTokens': 13,
      'langsmith.usage_metadata': '{"input_tokens":307,"output_tokens":29,"total_tokens":336}',
    }
    expect(map('llm', { ...call, ...ids }, { scope })).toMatchObject({
      dialect: 'Vercel AI SDK',
      usage: { role: 'call', prompt: 307, reasoning: 13 },
    })
  })

  test('has the workflow and user of the renamed metadata', () => {
    const said = { user: { value: 'u' }, session: { value: 't' } }
    const facts = mapSpan(spanWith({ 'ai.operationId': 'ai.embed.doEmbed', ...ids }, { scope }), options)
    expect(facts).toMatchObject({ kind: 'embedding', workflowId: 'wf', statements: said })
  })
})
