import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

const map = (attributes: Record<string, AnyValue>): Facts =>
  mapSpan(spanWith({ 'genkit:type': 'action', ...attributes }), options)
const of = (subtype: string, attributes: Record<string, AnyValue> = {}): Facts =>
  map({ 'genkit:metadata:subtype': subtype, 'genkit:name': 'trip', ...attributes })
const model = (name: string, output: object): Facts =>
  of('model', { 'genkit:name': name, 'genkit:output': JSON.stringify(output) })

test.each([
  ['flow', 'workflow'],
  ['model', 'llm'],
  ['tool', 'tool'],
  ['tool.v2', 'tool'],
  ['embedder', 'embedding'],
  ['retriever', 'plain'],
  ['util', 'plain'],
])('%s is %s', (subtype, kind) => expect(of(subtype).kind).toBe(kind))

test('a step of a flow is a task, and keys with slashes are read', () => {
  expect(map({ 'genkit:type': 'flowStep' }).kind).toBe('task')
  const flow = mapSpan(spanWith({ 'genkit/type': 'action', 'genkit/metadata/subtype': 'flow' }), options)
  expect(flow).toMatchObject({ kind: 'workflow', dialect: 'Genkit' })
})

describe('usage', () => {
  test('is in the output of a model, with the response of the provider', () => {
    const raw = {
      id: 'chatcmpl-1',
      model: 'm-1-2025',
      usage: { prompt_tokens_details: { cached_tokens: 128 }, completion_tokens_details: { reasoning_tokens: 13 } },
    }
    const usage = { inputTokens: 307, outputTokens: 29, totalTokens: 336 }
    expect(model('openai/m-1', { usage, raw }).usage).toMatchObject({
      role: 'call',
      prompt: 307,
      completion: 29,
      cacheRead: 128,
      reasoning: 13,
      provider: 'openai',
      model: 'm-1',
      responseModel: 'm-1-2025',
      responseId: 'chatcmpl-1',
    })
  })

  test('the completion includes reasoning, whether or not the output does', () => {
    const thoughts = { thoughtsTokens: 13, cachedContentTokens: 128 }
    const gemini = { inputTokens: 307, outputTokens: 16, totalTokens: 336, ...thoughts }
    const custom = { modelVersion: 'm-2-001' }
    expect(model('googleai/m-2', { usage: gemini, custom }).usage).toMatchObject({
      completion: 29,
      reasoning: 13,
      cacheRead: 128,
      provider: 'gcp.gemini',
      responseModel: 'm-2-001',
    })
    const go = { inputTokens: 307, outputTokens: 29, totalTokens: 336, thoughtsTokens: 13 }
    expect(model('openai/m-1', { usage: go }).usage).toMatchObject({ completion: 29 })
    expect(model('googleai/m-2', { usage: { ...gemini, totalTokens: undefined } }).usage?.completion).toBe(29)
  })

  test('the prompt of Anthropic excludes cached tokens', () => {
    const raw = { usage: { cache_read_input_tokens: 20, cache_creation_input_tokens: 81 } }
    const usage = { inputTokens: 110, outputTokens: 37 }
    expect(model('anthropic/m-3', { usage, raw }).usage).toMatchObject({ prompt: 211, cacheRead: 20, cacheWrite: 81 })
  })

  test('a span that repeats the output of a model has no usage', () => {
    const output = JSON.stringify({ usage: { inputTokens: 307, outputTokens: 29 } })
    expect(map({ 'genkit:type': 'util', 'genkit:output': output }).usage).toBeNull()
    expect(of('flow', { 'genkit:output': output }).usage).toMatchObject({ role: 'aggregate' })
  })
})

test('the messages and tool calls of a model are read', () => {
  const messages = [
    { role: 'user', content: [{ text: 'why?' }] },
    { role: 'model', content: [{ toolRequest: { ref: 'c1', name: 'look', input: { at: 'x' } } }] },
    { role: 'tool', content: [{ toolResponse: { ref: 'c1', name: 'look', output: 'seen' } }] },
  ]
  const output = { message: { role: 'model', content: [{ text: 'so.' }] } }
  const facts = of('model', { 'genkit:input': JSON.stringify({ messages }), 'genkit:output': JSON.stringify(output) })
  expect(facts).toMatchObject({
    statements: { query: { rank: 2, value: 'why?' }, result: { rank: 2, value: 'so.' } },
    asks: [{ callId: 'c1', name: 'look', input: '{"at":"x"}' }],
    answers: [{ callId: 'c1', name: 'look', output: 'seen' }],
  })
})

test('a flow has a query and a result, unless they are redacted', () => {
  const said = { 'genkit:input': '"why?"', 'genkit:output': '"so."' }
  expect(of('flow', said).statements).toMatchObject({
    query: { value: 'why?' },
    result: { value: 'so.' },
    workflowName: 'trip',
  })
  const hidden = of('flow', { 'genkit:input': '<redacted>', 'genkit:output': '<redacted>' })
  expect([hidden.statements.query, hidden.statements.result]).toEqual([undefined, undefined])
})

test('name, arguments and result of a tool are read, also where Go wraps the result', () => {
  const attributes = { 'genkit:input': '{"at":"x"}', 'genkit:output': '{"output":"seen"}' }
  expect(of('tool.v2', attributes).tool).toMatchObject({ name: 'trip', input: '{"at":"x"}', output: 'seen' })
  expect(of('tool', { 'genkit:output': '"seen"', 'genkit:state': 'error' }).tool).toMatchObject({
    output: 'seen',
    success: false,
  })
})
