import { expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanEvent, spanWith } from '../make.ts'

const scope = { name: 'gen_ai', version: '', attributes: new Map(), schemaUrl: '' }

function map(operation: string, attributes: Record<string, AnyValue> = {}, other: Partial<Span> = {}): Facts {
  return mapSpan(spanWith({ 'gen_ai.operation.name': operation, ...attributes }, { scope, ...other }), options)
}

const failed = { status: { code: 2, message: 'closed' } }
const finished = { 'gen_ai.response.finish_reasons': ['stop'] }

test.each([
  ['invoke_agent', 'agent'],
  ['agent_step', 'plain'],
  ['chat', 'llm'],
  ['execute_tool', 'tool'],
  ['embeddings', 'embedding'],
])('%s is %s', (operation, kind) => {
  expect(map(operation, finished).kind).toBe(kind)
})

test('the span around a call for embeddings is plain, unless it failed', () => {
  expect(map('embeddings', { 'gen_ai.request.model': 'm-1' })).toMatchObject({ kind: 'plain', events: [] })
  expect(map('embeddings', { 'gen_ai.request.model': 'm-1', 'gen_ai.usage.input_tokens': 7 }).kind).toBe('embedding')
  const raised = { ...failed, events: [spanEvent('exception', { 'exception.message': 'closed' })] }
  expect(map('embeddings', { 'gen_ai.request.model': 'm-1' }, raised).kind).toBe('embedding')
})

test('the scope alone, without an operation, is not recognised', () => {
  expect(mapSpan(spanWith({}, { scope }), options).dialect).toBe('')
})

test('the usage of an agent is an aggregate, and an embedding without counters has none', () => {
  expect(map('invoke_agent', { ...finished, 'gen_ai.usage.input_tokens': 5 }).usage?.role).toBe('aggregate')
  expect(map('embeddings').usage).toBeNull()
  expect(map('embeddings', { 'gen_ai.usage.input_tokens': 5 }).usage?.role).toBe('call')
})

test('a run without a finish reason was aborted', () => {
  expect(map('chat')).toMatchObject({ outcome: 'cancelled', usage: null })
  expect(map('invoke_agent').outcome).toBe('cancelled')
  expect(map('chat', finished).outcome).toBe('ok')
  expect(map('invoke_agent', { 'gen_ai.usage.output_tokens': 5 }).outcome).toBe('ok')
  expect(map('execute_tool').outcome).toBe('ok')
  const events = [spanEvent('exception', { 'exception.type': 'AI_APICallError', 'exception.message': 'closed' })]
  expect(map('chat', {}, { ...failed, events })).toMatchObject({ outcome: 'error', error: 'closed' })
})

test('an error that a processor copied to a tool with a result is no failure', () => {
  const result = { 'gen_ai.tool.name': 'look', 'gen_ai.tool.call.result': '"seen"' }
  expect(map('execute_tool', result, failed).tool).toMatchObject({ success: true, output: 'seen' })
  const events = [spanEvent('exception', { 'exception.message': 'closed' })]
  expect(map('execute_tool', result, { ...failed, events }).tool).toMatchObject({ success: false, error: 'closed' })
  expect(map('execute_tool', {}, failed).tool).toMatchObject({ success: false, error: 'closed' })
  expect(map('chat', finished, failed).outcome).toBe('ok')
  expect(map('agent_step', {}, failed).outcome).toBe('error')
})

test('attributes that the processor of OpenInference adds are read once', () => {
  const copies = { 'openinference.span.kind': 'LLM', 'llm.token_count.prompt': 5, 'metadata.userId': 'u' }
  const facts = map('chat', { ...finished, 'gen_ai.usage.input_tokens': 5, ...copies })
  expect(facts).toMatchObject({ dialect: 'Vercel AI SDK 7', usage: { prompt: 5 } })
  expect(facts.statements.user?.value).toBe('u')
})
