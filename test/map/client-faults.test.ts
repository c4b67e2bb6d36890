import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../src/decode/span.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapper } from './dialects/scoped.ts'
import { atTop, options, recordWith, spanEvent } from './make.ts'

/** A structure as OTLP has it: records are Maps. */
function tree(value: unknown): AnyValue {
  if (Array.isArray(value)) return value.map(tree)
  if (typeof value !== 'object' || value === null) return value as AnyValue
  return new Map(Object.entries(value).map(([key, inner]) => [key, tree(inner)]))
}

const chain = { 'openinference.span.kind': 'CHAIN' }

test('the outermost module of DSPy has the question and the answer below a span of the application', () => {
  const dspy = mapper('openinference.instrumentation.dspy')
  const facts = dspy('ReAct.forward', {
    ...chain,
    'input.value': JSON.stringify({ input_args: { question: 'why?' } }),
    'output.value': JSON.stringify({ trajectory: { thought_0: 'look' }, reasoning: 'seen', answer: 'so.' }),
  })
  expect(facts).toMatchObject({ kind: 'task', agent: null })
  expect(facts.statements).toMatchObject({ query: { rank: 1, value: 'why?' }, result: { rank: 1, value: 'so.' } })
  expect(dspy('ChatAdapter.__call__', { ...chain, 'input.value': '{"inputs":{"question":"x"}}' })).toMatchObject({
    kind: 'plain',
    statements: {},
  })
})

test('an agent of smolagents is asked for its task, and is named without its method', () => {
  const facts = mapper('openinference.instrumentation.smolagents')('ToolCallingAgent.run', {
    'openinference.span.kind': 'AGENT',
    'input.value': JSON.stringify({ task: 'why?', stream: false, reset: true, images: null, max_steps: null }),
    'output.value': 'so.',
  })
  expect(facts).toMatchObject({
    kind: 'agent',
    agent: 'ToolCallingAgent',
    statements: { query: { rank: 1, value: 'why?' }, result: { rank: 1, value: 'so.' } },
  })
})

test('the chat of a team of AutoGen has the question and the last answer, without any log record', () => {
  const runtime = mapper('autogen SingleThreadedAgentRuntime')
  const process = (message: object) =>
    runtime('autogen process trip_team_GroupChatManager_1.(1)-A', { message: JSON.stringify(message) })
  const text = (content: string) => ({ id: 'm', source: 'user', models_usage: null, content, type: 'TextMessage' })
  expect(process({ messages: [text('why?')] })).toMatchObject({
    kind: 'task',
    statements: { query: { rank: 1, value: 'why?' } },
  })
  expect(process({ message: text('so.') }).statements).toMatchObject({ result: { rank: 1, value: 'so.' } })
  expect(process({ agent_response: { chat_message: text('so.') } }).statements).toMatchObject({
    result: { rank: 1, value: 'so.' },
  })
  expect(process({ message: { content: [{ id: 'c1', name: 'look', arguments: '{}' }] } }).statements).toEqual({})
  expect(runtime('autogen process trip_agent_1.(1)-A', { message: '{}' }).kind).toBe('plain')
})

test.each([
  ['openinference.instrumentation.x', { 'openinference.span.kind': 'AGENT' }],
  [
    'openinference.instrumentation.x',
    { 'openinference.span.kind': 'AGENT', 'agent.name': 'other', 'graph.node.id': 'n' },
  ],
  ['x', { 'langfuse.observation.type': 'agent' }],
  ['x', { 'mlflow.spanType': '"AGENT"' }],
  ['x', { 'ai.observability.span_type': 'agent' }],
  ['x', { 'ai.operationId': 'ai.generateText', 'ai.telemetry.functionId': 'other' }],
  ['x', { 'fi.span.kind': 'AGENT' }],
  ['x', { 'agentops.span.kind': 'agent', 'operation.name': 'other' }],
  ['x', { 'langwatch.span.type': 'agent' }],
  ['x', { 'gen_ai.operation.name': 'invoke_agent' }],
])('an agent that states `gen_ai.agent.name` is called so, whatever else its span has: %s %j', (scope, attributes) => {
  const named = { ...attributes, 'gen_ai.agent.name': 'researcher' }
  expect(mapper(scope)('invoke_agent other', named)).toMatchObject({ kind: 'agent', agent: 'researcher' })
})

test('an agent that only its span name names is called so without operation and method', () => {
  const map = mapper('openinference.instrumentation.x')
  const agent = (name: string) => map(name, { 'openinference.span.kind': 'AGENT' }).agent
  expect(['invoke_agent researcher', 'CodeAgent.run', 'Crew.kickoff', 'Agent.ainvoke', 'v1.5'].map(agent)).toEqual([
    ...['researcher', 'CodeAgent', 'Crew', 'Agent', 'v1.5'],
  ])
})

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

describe('a failure that only a message states is kept', () => {
  const content = [{ text: 'no route' }]
  test.each([
    ['Converse', [{ toolResult: { toolUseId: 'c1', status: 'error', content } }]],
    ['InvokeModel', [{ type: 'tool_result', tool_use_id: 'c1', is_error: true, content: 'no route' }]],
  ])('in a log record of Bedrock: %s', (_, parts) => {
    const scope = {
      name: 'opentelemetry.instrumentation.botocore.bedrock-runtime',
      version: '',
      attributes: new Map(),
      schemaUrl: '',
    }
    const record = recordWith({ eventName: 'gen_ai.user.message', body: tree({ content: parts }), scope })
    expect(mapRecord(record, options).answers).toMatchObject([{ callId: 'c1', output: 'no route', failed: true }])
  })

  test("in the request of OpenInference's instrumentation of Anthropic", () => {
    const messages = [
      { role: 'user', content: 'why?' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'look', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: 'no route', is_error: true },
          { type: 'tool_result', tool_use_id: 'c2', content: 'seen' },
        ],
      },
    ]
    const facts = mapper('@arizeai/openinference-instrumentation-anthropic')('Anthropic Messages', {
      'openinference.span.kind': 'LLM',
      'input.value': JSON.stringify({ messages }),
      'llm.input_messages.0.message.role': 'user',
      'llm.input_messages.0.message.content': 'why?',
      'llm.input_messages.1.message.role': 'user',
      'llm.input_messages.1.message.tool_call_id': 'c2',
    })
    expect(facts.answers).toMatchObject([
      { callId: 'c1', failed: true },
      { callId: 'c2', failed: false },
    ])
  })
})

test('a result without an id answers the calls before it by position', () => {
  const call = (id: string) => ({ type: 'tool_call', id, name: 'calculator', arguments: {} })
  const messages = [
    { role: 'user', parts: [{ type: 'text', content: 'why?' }] },
    { role: 'assistant', parts: [call('c1'), call('c2')] },
    { role: 'tool', parts: [{ type: 'text', content: '391' }] },
    { role: 'tool', parts: [{ type: 'text', content: '392' }] },
  ]
  const facts = mapper('openlit')('chat m-1', { ...counters(7, 3), 'gen_ai.input.messages': JSON.stringify(messages) })
  expect(facts.answers).toMatchObject([
    { callId: 'c1', output: '391' },
    { callId: 'c2', output: '392' },
  ])
})

test('a tool of Effect AI is a run', () => {
  const tool = { tool: 'get_weather', parameters: '{"city":"Lisbon"}' }
  expect(mapper('rec-effect')('Toolkit.handle', tool)).toMatchObject({
    kind: 'tool',
    tool: { name: 'get_weather', input: '{"city":"Lisbon"}' },
  })
})

test('a function that a request forces is the form of the answer, and no tool', () => {
  const message = {
    role: 'assistant',
    tool_calls: [{ id: 'c1', function: { name: 'Weather', arguments: '{"c":21}' } }],
  }
  const facts = mapper('openinference.instrumentation.openai')('ChatCompletion', {
    'openinference.span.kind': 'LLM',
    'llm.invocation_parameters': JSON.stringify({ tool_choice: { type: 'function', function: { name: 'Weather' } } }),
    'output.value': JSON.stringify({ choices: [{ message }] }),
  })
  expect(facts).toMatchObject({ asks: [], statements: { result: { value: '{"c":21}' } } })
})

test('what AgentOps writes of a request for a tool is no run', () => {
  const attributes = { 'agentops.span.kind': 'tool', 'operation.name': 'search_web' }
  const asked = mapper('agentops.instrumentation.providers.openai.wrappers.chat')
  expect(asked('tool_call.search_web', attributes).kind).not.toBe('tool')
  expect(mapper('agentops')('search_web.tool', attributes, { status: { code: 2, message: 'closed' } })).toMatchObject({
    kind: 'tool',
    tool: { name: 'search_web', success: false },
  })
})

test('a run of CrewAI under OpenLLMetry is a workflow that is asked for its first task, and no agent', () => {
  const facts = mapper('opentelemetry.instrumentation.crewai')('crewai.workflow', {
    'gen_ai.operation.name': 'invoke_agent',
    'crewai.crew.tasks': JSON.stringify([{ description: 'why?', agent: 'researcher' }]),
    'crewai.crew.result': 'so.',
  })
  expect(facts).toMatchObject({
    kind: 'workflow',
    agent: null,
    statements: { query: { rank: 1, value: 'why?' }, result: { rank: 1, value: 'so.' } },
  })
})

test("the only text of a run's input is its question, whatever its name", () => {
  const run = { 'mastra.span.type': 'workflow_run', 'gen_ai.operation.name': 'invoke_workflow' }
  const facts = mapper('@mastra/otel-exporter')('invoke_workflow w', {
    ...run,
    'mastra.workflow_run.input': '{"q":"why?"}',
  })
  expect(facts.statements.query).toEqual({ rank: 1, value: 'why?' })
})

test('a root of LangWatch is asked for the only text of its input', () => {
  const root = { 'langwatch.span.type': 'workflow', 'langwatch.input': '{"type":"json","value":{"q":"why?"}}' }
  const metrics = {
    'langwatch.span.type': 'llm',
    'langwatch.metrics': '{"type":"json","value":{"promptTokens":7,"completionTokens":3}}',
  }
  const map = mapper('langwatch')
  expect(map('root', { ...root, 'langwatch.output': '{"type":"text","value":"so."}' }, atTop).statements).toMatchObject(
    {
      query: { value: 'why?' },
      result: { value: 'so.' },
    },
  )
  expect(map('llm', metrics).usage).toMatchObject({ prompt: 7, completion: 3 })
  const ofPython = '{"prompt_tokens":7,"completion_tokens":3,"reasoning_tokens":2}'
  expect(map('llm', { ...metrics, 'langwatch.metrics': ofPython }).usage).toMatchObject({ prompt: 7, reasoning: 2 })
})
