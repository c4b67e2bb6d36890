import { expect, test } from 'vitest'
import { mapper } from './dialects/scoped.ts'

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
