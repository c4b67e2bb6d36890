import { expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, spanEvent, spanWith } from '../make.ts'

function map(type: string, attributes: Record<string, AnyValue> = {}, other: Partial<Span> = {}): Facts {
  return mapSpan(spanWith({ 'lmnr.span.type': type, 'lmnr.span.path': ['trip'], ...attributes }, other), options)
}

const counted = {
  'gen_ai.system': 'anthropic',
  'gen_ai.usage.input_tokens': 110,
  'gen_ai.usage.output_tokens': 37,
  'gen_ai.usage.cache_read_input_tokens': 20,
  'gen_ai.usage.cache_creation_input_tokens': 81,
}

test.each([
  ['LLM', 'llm'],
  ['TOOL', 'tool'],
  ['EVALUATOR', 'plain'],
  ['DEFAULT', 'plain'],
])('%s is %s', (type, kind) => expect(map(type).kind).toBe(kind))

test('an observed function at the top is a workflow, and a model call may have only an operation', () => {
  expect(map('DEFAULT', {}, atTop).kind).toBe('workflow')
  expect(map('DEFAULT', { 'gen_ai.operation.name': 'chat' }).kind).toBe('llm')
})

test.each([
  ['DEFAULT', { 'ai.operation': 'ai.generateText', 'ai.functionId': 'planner' }, 'agent', 'planner'],
  ['DEFAULT', { 'ai.operation': 'ai.streamText' }, 'task', null],
  ['LLM', { 'ai.operation': 'ai.embedMany' }, 'embedding', null],
])('%s of the AI SDK 7 with %j is %s', (type, attributes, kind, agent) => {
  expect(map(type, { ...(attributes as object), 'gen_ai.request.model': 'm-1' })).toMatchObject({ kind, agent })
})

test('the name of a Mastra agent is read from the span name', () => {
  const type = { 'lmnr.internal.mastra.span_type': 'agent_run' }
  expect(map('DEFAULT', type, { ...atTop, name: "agent run: 'planner'" })).toMatchObject({
    kind: 'agent',
    agent: 'planner',
  })
})

test('name and id of a tool of the AI SDK are read from its attributes', () => {
  const called = { 'ai.toolCall.name': 'look', 'ai.toolCall.id': 'c1', 'lmnr.span.input': '{"at":"x"}' }
  expect(map('TOOL', called, { name: 'ai.tool look' }).tool).toMatchObject({ name: 'look', callId: 'c1' })
})

test('the prompt excludes cached tokens only in the JavaScript instrumentation of Anthropic', () => {
  const scope = { name: '@traceloop/instrumentation-anthropic', version: '', attributes: new Map(), schemaUrl: '' }
  expect(map('LLM', counted, { scope }).usage).toMatchObject({ prompt: 211, provider: 'anthropic' })
  expect(map('LLM', counted).usage).toMatchObject({ prompt: 110, cacheRead: 20, cacheWrite: 81 })
})

test('an answer from a cache is a cache hit', () => {
  expect(map('CACHED', counted)).toMatchObject({ kind: 'llm', usage: { cacheHit: true } })
  expect(map('LLM', counted).usage?.cacheHit).toBe(false)
})

test('a tool has the name of its span, and an exception makes it fail', () => {
  const events = [spanEvent('exception', { 'exception.message': 'closed' })]
  expect(map('TOOL', { 'lmnr.span.input': '[{"at":"x"}]' }, { name: 'look', events }).tool).toMatchObject({
    name: 'look',
    input: '{"at":"x"}',
    success: false,
    error: 'closed',
  })
  expect(map('TOOL', { 'lmnr.span.input': '{"at":"x"}', 'lmnr.span.output': '"seen"' }).tool).toMatchObject({
    input: '{"at":"x"}',
    output: 'seen',
  })
})

test('the only argument of a function is the query', () => {
  const asked = (input: string) => map('DEFAULT', { 'lmnr.span.input': input }, atTop).statements.query?.value
  expect([asked('["why?"]'), asked('["why?",3]'), asked('[{"query":"why?"}]')]).toEqual(['why?', undefined, 'why?'])
})

test('workflow, user, session, query and result are read', () => {
  const properties = 'lmnr.association.properties'
  const attributes = {
    [`${properties}.metadata.workflow_id`]: 'wf',
    [`${properties}.user_id`]: 'u',
    [`${properties}.session_id`]: 's',
    'lmnr.span.input': '{"query":"why?"}',
    'lmnr.span.output': '"so."',
  }
  expect(map('DEFAULT', attributes, atTop)).toMatchObject({
    workflowId: 'wf',
    statements: { user: { value: 'u' }, session: { value: 's' }, query: { value: 'why?' }, result: { value: 'so.' } },
  })
})
