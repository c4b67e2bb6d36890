import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanWith } from '../make.ts'

const of = (scope: string): Partial<Span> => ({
  scope: { name: scope, version: '', attributes: new Map(), schemaUrl: '' },
})
const langChain = of('@traceloop/instrumentation-langchain')

const map = (attributes: Record<string, AnyValue>, other: Partial<Span> = {}): Facts =>
  mapSpan(spanWith(attributes, other), options)
const entity = (kind: string, attributes: Record<string, AnyValue> = {}): Record<string, AnyValue> => ({
  'traceloop.span.kind': kind,
  'traceloop.entity.name': 'trip',
  ...attributes,
})

describe('kinds', () => {
  test.each([
    ['workflow', 'workflow'],
    ['task', 'task'],
    ['agent', 'agent'],
    ['tool', 'tool'],
    ['session', 'plain'],
    ['handoff', 'plain'],
    ['unknown', 'plain'],
  ])('%s is %s', (word, kind) => expect(map(entity(word)).kind).toBe(kind))

  test('a model call has an operation, or in older versions a request type', () => {
    const scope = of('@traceloop/instrumentation-openai')
    expect(map({ 'gen_ai.operation.name': 'chat' }, scope)).toMatchObject({ kind: 'llm', dialect: 'OpenLLMetry' })
    expect(map({ 'llm.request.type': 'completion' }).kind).toBe('llm')
    expect(map({ 'llm.request.type': 'embedding' }).kind).toBe('embedding')
  })

  test('a workflow or task of a framework is plain, unless it is a workflow at the top', () => {
    for (const scope of ['opentelemetry.instrumentation.langchain', 'opentelemetry.instrumentation.openai_agents']) {
      expect(map(entity('workflow'), of(scope)).kind).toBe('plain')
      expect(map(entity('task'), of(scope)).kind).toBe('plain')
      expect(map(entity('workflow'), { ...of(scope), ...atTop }).kind).toBe('workflow')
      expect(map(entity('agent'), of(scope)).kind).toBe('agent')
    }
    const endsWell = (scope: string) => map(entity('workflow'), { ...of(scope), ...atTop }).endsWell
    expect(endsWell('opentelemetry.instrumentation.openai_agents')).toBe(true)
    expect(endsWell('traceloop.tracer')).toBe(false)
  })

  test('a span with stamped attributes keeps its own dialect', () => {
    const stamped = { 'traceloop.workflow.name': 'trip', 'traceloop.association.properties.user_id': 'u' }
    expect(map({ ...stamped, 'http.request.method': 'GET' }).kind).toBe('plain')
  })

  test('a tool of LangChain that is marked as a task is a tool', () => {
    expect(map(entity('task', { 'gen_ai.operation.name': 'execute_tool' }), langChain).kind).toBe('tool')
  })
})

describe('agents', () => {
  test('are named on their own spans', () => {
    expect(map(entity('agent', { 'gen_ai.agent.name': 'other' })).agent).toBe('trip')
    expect(map({ 'traceloop.span.kind': 'agent', 'gen_ai.agent.name': 'anna' }).agent).toBe('anna')
  })

  test('a graph of LangChain in JavaScript is the agent that its last message names', () => {
    const last = { id: ['langchain_core', 'messages', 'AIMessage'], kwargs: { name: 'anna', content: 'so.' } }
    const output = (messages: object[]) =>
      map(entity('workflow', { 'traceloop.entity.output': JSON.stringify({ messages }) }), langChain)
    expect(output([{}, last])).toMatchObject({ kind: 'agent', agent: 'anna', statements: { result: { value: 'so.' } } })
    const answer = { id: ['langchain_core', 'messages', 'ToolMessage'], kwargs: { name: 'look', content: 'seen' } }
    expect(output([last, answer])).toMatchObject({ kind: 'plain', agent: null })
  })
})

describe('usage', () => {
  const counted = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': 110,
    'gen_ai.usage.output_tokens': 37,
    'gen_ai.usage.cache_read.input_tokens': 20,
    'gen_ai.usage.cache_creation.input_tokens': 81,
  }
  test.each([
    ['@traceloop/instrumentation-anthropic', 211],
    ['opentelemetry.instrumentation.bedrock', 211],
    ['@traceloop/instrumentation-bedrock', 110],
  ])('%s', (scope, prompt) => {
    expect(map({ ...counted, 'traceloop.entity.path': '' }, of(scope)).usage).toMatchObject({ prompt, completion: 37 })
  })

  test('the completion of Gemini excludes reasoning', () => {
    const thought = { 'gen_ai.usage.reasoning_tokens': 13, 'gen_ai.usage.total_tokens': 160 }
    const scope = of('@traceloop/instrumentation-google-generativeai')
    const { usage } = map({ ...counted, ...thought, 'gen_ai.operation.name': 'generate_content' }, scope)
    expect(usage).toMatchObject({ prompt: 110, completion: 50, reasoning: 13 })
  })

  test('the usage of a CrewAI agent covers its lifetime, that of another agent is an aggregate', () => {
    const role = (scope: string) => map({ ...counted, ...entity('agent') }, of(scope)).usage?.role
    expect(role('opentelemetry.instrumentation.crewai')).toBe('lifetime')
    expect(role('opentelemetry.instrumentation.agno')).toBe('aggregate')
  })

  test('the name of a framework is no provider', () => {
    expect(map({ ...counted, 'gen_ai.system': 'Langchain', 'traceloop.entity.path': '' }).usage?.provider).toBeNull()
  })
})

describe('tools', () => {
  const input = (tree: object, other: Record<string, AnyValue> = {}) =>
    map(entity('tool', { 'traceloop.entity.input': JSON.stringify(tree), ...other })).tool?.input

  test('have the arguments of their function as input', () => {
    expect(input({ args: [], kwargs: { at: 'x' } })).toBe('{"at":"x"}')
    expect(input({ args: [], kwargs: {} })).toBe('{}')
    expect(input({ args: ['x'], kwargs: {} })).toBe('"x"')
    expect(input({ args: ['x', 2], kwargs: {} })).toBe('["x",2]')
    expect(input({ args: ['{"at":"x"}'] })).toBe('{"at":"x"}')
    expect(input({ tool_name: 'look', arguments: { at: 'x' } })).toBe('{"at":"x"}')
  })

  test('of LangChain in Python are read from the callback', () => {
    const called = JSON.stringify({ input_str: "{'at': 'x'}", inputs: { at: 'x' }, kwargs: { tool_call_id: 'c1' } })
    const message = { id: ['m', 'ToolMessage'], kwargs: { content: 'seen', tool_call_id: 'c1', name: 'look' } }
    const facts = map({
      ...entity('tool', { 'gen_ai.tool.name': 'look', 'traceloop.entity.input': called }),
      'gen_ai.tool.call.arguments': called,
      'traceloop.entity.output': JSON.stringify({ output: message }),
    })
    expect(facts.tool).toMatchObject({ name: 'look', callId: 'c1', input: '{"at":"x"}', output: 'seen' })
  })

  test('without a name but with a class have no name', () => {
    const attributes = entity('task', { 'traceloop.entity.name': 'DynamicStructuredTool' })
    const called = { ...attributes, 'gen_ai.operation.name': 'execute_tool' }
    expect(map(called, langChain).tool?.name).toBeNull()
    const message = { id: ['m', 'ToolMessage'], kwargs: { content: 'seen', tool_call_id: 'c1', name: 'look' } }
    expect(map({ ...called, 'traceloop.entity.output': JSON.stringify(message) }, langChain).tool).toMatchObject({
      name: 'look',
      callId: 'c1',
      output: 'seen',
    })
  })
})

describe('a step of LangChain in JavaScript', () => {
  const message = (type: string, kwargs: object) => ({ lc: 1, id: ['langchain_core', 'messages', type], kwargs })
  const step = (scope: Partial<Span>, ...messages: readonly object[]) =>
    map(entity('workflow', { 'traceloop.entity.output': JSON.stringify({ messages }) }), {
      ...scope,
      parentSpanId: '00f067aa0ba902b8',
    })
  const calls = [{ id: 'c1', function: { name: 'look', arguments: '{"at":"x"}' } }]
  const asking = message('AIMessage', { content: 'let me look', additional_kwargs: { tool_calls: calls } })
  const answering = message('ToolMessage', { content: 'no', name: 'look', tool_call_id: 'c1', status: 'error' })

  test('reports the tool calls and results of its output, and no text', () => {
    const facts = step(langChain, asking, answering)
    expect(facts).toMatchObject({
      kind: 'plain',
      asks: [{ callId: 'c1', name: 'look', input: '{"at":"x"}' }],
      answers: [{ callId: 'c1', name: 'look', output: 'no', failed: true }],
    })
    expect(facts.statements).toEqual({})
  })

  test('reports nothing without them, nor in Python', () => {
    expect(step(langChain, message('AIMessage', { content: 'so.' }))).toMatchObject({ asks: [], answers: [] })
    expect(step(of('opentelemetry.instrumentation.langchain'), asking).asks).toEqual([])
  })
})

test('query, result and user of a run are read', () => {
  const facts = map(
    entity('workflow', {
      'traceloop.entity.input': '{"args":[],"kwargs":{"query":"why?"}}',
      'traceloop.entity.output': '"so."',
      'traceloop.workflow.name': 'trip',
      'traceloop.association.properties.user_id': 'u',
      'traceloop.association.properties.session_id': 's',
      'traceloop.association.properties.workflow_id': 'wf',
    }),
    atTop,
  )
  expect(facts).toMatchObject({
    workflowId: 'wf',
    statements: {
      query: { rank: 1, value: 'why?' },
      result: { rank: 1, value: 'so.' },
      user: { rank: 0, value: 'u' },
      session: { rank: 0, value: 's' },
      workflowName: 'trip',
    },
  })
})
