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

test('a chain at the top is a run; that of an agent is the one with its name', () => {
  const agent = { 'langsmith.metadata.lc_agent_name': 'plan' }
  expect(map('chain', {}, atTop).kind).toBe('workflow')
  expect(map('chain', agent)).toMatchObject({ kind: 'agent', agent: 'plan' })
  expect(map('chain', agent, { name: 'tools' }).kind).toBe('plain')
})

describe('a run that has no span of its own writes over the one of its caller', () => {
  const written = { 'langsmith.trace.name': 'ChatOpenAI', 'langsmith.metadata.agent': 'planner' }

  test('which is still the agent, and the call as well', () => {
    const facts = map('llm', { ...written, ...counters }, { name: 'planner' })
    expect(facts).toMatchObject({ kind: 'agent', agent: 'planner', usage: { role: 'call', prompt: 307 } })
  })

  test('and leaves of an agent of LangChain only its name, at the top', () => {
    const step = { 'langsmith.trace.name': '__start__', 'langsmith.metadata.lc_agent_name': 'planner' }
    const asked = { 'gen_ai.prompt': '{"messages":[{"role":"user","content":"why?"}]}' }
    expect(map('chain', { ...step, ...asked }, { name: 'trip', ...atTop })).toMatchObject({
      kind: 'agent',
      agent: 'planner',
      statements: { query: { value: 'why?' } },
    })
  })

  test('a call that has its own span, and a tool, are no agents', () => {
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

  test("a chain's are its last message's", () => expect(map('chain', counters, atTop).usage?.role).toBe('last-step'))
})

test("the model's answer as LangChain keeps it", () => {
  const kwargs = { content: 'so.', response_metadata: { model_name: 'm-1-0718', id: 'resp_1' }, id: 'lc_run--1' }
  const message = { lc: 1, type: 'constructor', id: ['langchain', 'schema', 'messages', 'AIMessage'], kwargs }
  const facts = map('llm', { ...counters, 'gen_ai.completion': JSON.stringify({ generations: [[{ message }]] }) })
  expect(facts).toMatchObject({
    usage: { responseModel: 'm-1-0718', responseId: 'resp_1' },
    statements: { result: { value: 'so.' } },
  })
})

test('a project is no session', () => {
  const { statements } = map('chain', {
    'langsmith.trace.session_id': 'project',
    'langsmith.trace.session_name': 'default',
    'langsmith.metadata.thread_id': 't',
  })
  expect(statements.session).toEqual({ rank: 1, value: 't' })
})

test.each([['{"city":"Lisbon"}'], ['{"input":"{\\"city\\":\\"Lisbon\\"}"}']])('a tool is called with %s', (prompt) => {
  const output = '{"output":{"content":"sunny","tool_call_id":"c1"}}'
  expect(map('tool', { 'gen_ai.prompt': prompt, 'gen_ai.completion': output }, { name: 'weather' }).tool).toMatchObject(
    {
      name: 'weather',
      callId: 'c1',
      input: '{"city":"Lisbon"}',
      output: 'sunny',
    },
  )
})

test('the AI SDK calls a tool with its arguments and what stands around the call', () => {
  const prompt = '{"args":[{"city":"Lisbon"},{"toolCallId":"c1","messages":[{"role":"user","content":"why?"}]}]}'
  const attributes = { 'gen_ai.prompt': prompt, 'gen_ai.completion': '{"outputs":"sunny"}' }
  expect(map('tool', attributes, { name: 'weather' }).tool).toMatchObject({
    callId: 'c1',
    input: '{"city":"Lisbon"}',
    output: 'sunny',
  })
})

describe("a span of the AI SDK that LangSmith's exporter went over", () => {
  const scope = { name: 'ai', version: '', attributes: new Map(), schemaUrl: '' }
  const ids = {
    'langsmith.metadata.workflow_id': 'wf',
    'langsmith.metadata.userId': 'u',
    'langsmith.metadata.threadId': 't',
  }

  test('is read as what it was, with all of its counters', () => {
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

  test('belongs to the workflow and person of the metadata that were moved', () => {
    const said = { user: { value: 'u' }, session: { value: 't' } }
    const facts = mapSpan(spanWith({ 'ai.operationId': 'ai.embed.doEmbed', ...ids }, { scope }), options)
    expect(facts).toMatchObject({ kind: 'embedding', workflowId: 'wf', statements: said })
  })
})
