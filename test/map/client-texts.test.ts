import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../src/decode/span.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapper } from './dialects/scoped.ts'
import { atTop, options, recordWith } from './make.ts'

// the attributes of clients of which no recording, or only that of another version, is at hand

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
  const facts = mapper('openlit')('chat m-1', {
    'gen_ai.operation.name': 'chat',
    'gen_ai.input.messages': JSON.stringify(messages),
  })
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
