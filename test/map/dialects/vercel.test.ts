import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanEvent, spanWith } from '../make.ts'

const scope = { name: 'ai', version: '', attributes: new Map(), schemaUrl: '' }

/** A span of this operation, which also gives it its name. */
function map(operation: string, attributes: Record<string, AnyValue> = {}): Facts {
  return mapSpan(spanWith({ 'ai.operationId': operation, ...attributes }, { name: operation, scope }), options)
}

const call = (attributes: Record<string, AnyValue>): Facts['usage'] =>
  map('ai.generateText.doGenerate', attributes).usage
const provided = (metadata: object): { 'ai.response.providerMetadata': string } => ({
  'ai.response.providerMetadata': JSON.stringify(metadata),
})

test.each([
  ['ai.generateText.doGenerate', 'llm', 'call'],
  ['ai.streamText.doStream', 'llm', 'call'],
  ['ai.generateObject.doGenerate', 'llm', 'call'],
  ['ai.generateText', 'task', 'last-step'],
  ['ai.streamObject', 'task', 'last-step'],
  ['ai.toolCall', 'tool', undefined],
  ['ai.generateSpeech', 'plain', undefined],
])('%s is %s', (operation, kind, role) => {
  const usage = kind === 'tool' ? {} : { 'ai.usage.promptTokens': 7, 'ai.usage.completionTokens': 1 }
  const facts = map(operation, usage)
  expect([facts.kind, facts.usage?.role]).toEqual([kind, role])
})

test('a run with a name is an agent, whose new counters are an aggregate', () => {
  const facts = map('ai.streamText', { 'ai.telemetry.functionId': 'planner', 'ai.usage.inputTokens': 7 })
  expect(facts).toMatchObject({ kind: 'agent', agent: 'planner', usage: { role: 'aggregate' } })
})

test('an embedding and its call have the same counter, and the call is counted', () => {
  const roles = ['ai.embed', 'ai.embed.doEmbed', 'ai.embedMany', 'ai.embedMany.doEmbed'].map((operation) => {
    const { usage } = map(operation, { 'ai.usage.tokens': 7 })
    return [usage?.class, usage?.role, usage?.prompt]
  })
  expect(roles).toEqual([
    ['embedding', 'aggregate', 7],
    ['embedding', 'call', 7],
    ['embedding', 'aggregate', 7],
    ['embedding', 'call', 7],
  ])
})

test('an embedding is one event, that of its call', () => {
  const counted = { 'ai.usage.tokens': 7 }
  const types = (operation: string) => map(operation, counted).events.map(({ type }) => type)
  expect([types('ai.embed'), types('ai.embed.doEmbed')]).toEqual([[], ['agent.thinking']])
})

describe('cached tokens and reasoning:', () => {
  const old = { 'ai.usage.promptTokens': 110, 'ai.usage.completionTokens': 37 }
  const usage = (input: number) => ({
    input_tokens: input,
    cache_read_input_tokens: 20,
    cache_creation_input_tokens: 81,
  })

  test('the prompt of Anthropic excludes cached tokens in version 4', () => {
    const metadata = { anthropic: { cacheReadInputTokens: 20, cacheCreationInputTokens: 81 } }
    expect(call({ ...old, ...provided(metadata) })).toMatchObject({ prompt: 211, cacheRead: 20, cacheWrite: 81 })
  })

  test('and in version 5, which has the counter of the provider', () => {
    expect(call({ ...old, ...provided({ anthropic: { usage: usage(110) } }) })).toMatchObject({ prompt: 211 })
  })

  test('version 6 includes cached tokens, also under the old names', () => {
    expect(call({ ...old, ...provided({ anthropic: { usage: usage(9) } }) })).toMatchObject({
      prompt: 110,
      cacheRead: 20,
      cacheSemantics: 'as reported',
    })
    const details = { 'ai.usage.inputTokens': 211, 'ai.usage.inputTokenDetails.noCacheTokens': 110 }
    expect(call({ ...details, 'ai.usage.inputTokenDetails.cacheReadTokens': 101 })).toMatchObject({ prompt: 211 })
  })

  test('the prompt of OpenAI includes cached tokens', () => {
    const metadata = { openai: { cachedPromptTokens: 64, reasoningTokens: 5 } }
    expect(call({ ...old, ...provided(metadata) })).toMatchObject({ prompt: 110, cacheRead: 64, reasoning: 5 })
  })

  test('the completion of Gemini excludes reasoning', () => {
    const metadata = { google: { usageMetadata: { thoughtsTokenCount: 13, totalTokenCount: 160 } } }
    expect(call({ ...old, ...provided(metadata) })).toMatchObject({ prompt: 110, completion: 50 })
  })
})

test('a stream of version 4 without counters has no usage', () => {
  const attributes = { 'ai.usage.promptTokens': Number.NaN, 'gen_ai.usage.input_tokens': null }
  expect(map('ai.streamText.doStream', attributes).usage).toBeNull()
})

test('query and result are read without the JSON around them', () => {
  const prompt = {
    system: 'be brief',
    messages: [
      { role: 'user', content: 'one?' },
      { role: 'user', content: 'two?' },
    ],
  }
  const texts = { 'ai.prompt': JSON.stringify(prompt), 'ai.response.text': 'so.', 'ai.response.reasoning': 'hm' }
  expect(map('ai.generateText', texts).statements).toMatchObject({
    query: { rank: 1, value: 'two?' },
    result: { rank: 1, value: 'so.' },
  })
  expect(map('ai.generateText', { 'ai.prompt': '{"prompt":"why?"}' }).statements.query?.value).toBe('why?')
  expect(map('ai.generateObject', { 'ai.response.object': '{"a":1}' }).statements.result?.value).toBe('{"a":1}')
})

test('tool calls are read in both spellings', () => {
  const asks = (calls: object[]) =>
    map('ai.generateText.doGenerate', { 'ai.response.toolCalls': JSON.stringify(calls) }).asks
  expect(asks([{ toolCallId: 'c1', toolName: 'look', args: '{"at":"x"}' }])).toEqual([
    { callId: 'c1', name: 'look', input: '{"at":"x"}' },
  ])
  expect(asks([{ toolCallId: 'c2', toolName: 'look', input: { at: 'x' } }])).toEqual([
    { callId: 'c2', name: 'look', input: '{"at":"x"}' },
  ])
})

test('a tool run and the reason of its failure are read', () => {
  const attributes = { 'ai.toolCall.name': 'look', 'ai.toolCall.id': 'c1', 'ai.toolCall.args': '{"at":"x"}' }
  expect(map('ai.toolCall', { ...attributes, 'ai.toolCall.result': '"seen"' }).tool).toEqual({
    name: 'look',
    callId: 'c1',
    input: '{"at":"x"}',
    output: 'seen',
    success: true,
    error: null,
  })
  const events = [spanEvent('exception', { 'exception.type': 'Error', 'exception.message': 'closed' })]
  const span = spanWith(
    { 'ai.operationId': 'ai.toolCall', ...attributes },
    { events, status: { code: 2, message: '' } },
  )
  expect(mapSpan(span, options).tool).toMatchObject({ success: false, error: 'closed' })
})

test.each(['ai.telemetry.metadata.', 'ai.settings.context.'])('ids with the prefix %s are read', (prefix) => {
  const ids = { workflowId: 'wf', userId: 'u', threadId: 't' }
  const attributes = Object.fromEntries(Object.entries(ids).map(([key, value]) => [prefix + key, value]))
  expect(map('ai.generateText', attributes)).toMatchObject({
    workflowId: 'wf',
    statements: { user: { rank: 0, value: 'u' }, session: { rank: 1, value: 't' } },
  })
  expect(map('ai.generateText', { ...attributes, [`${prefix}sessionId`]: 's' }).statements.session).toEqual({
    rank: 0,
    value: 's',
  })
})

test('attributes that the span processor of OpenLLMetry renames are read', () => {
  const message = (role: string, content: string) => JSON.stringify([{ role, parts: [{ type: 'text', content }] }])
  const moved = {
    'gen_ai.usage.input_tokens': 211,
    'gen_ai.usage.output_tokens': 37,
    'gen_ai.system': 'OpenAI',
    'gen_ai.input.messages': message('user', 'why?'),
    'gen_ai.output.messages': message('assistant', 'so.'),
    'traceloop.association.properties.userId': 'u',
  }
  expect(map('ai.generateText.doGenerate', moved)).toMatchObject({
    dialect: 'Vercel AI SDK',
    usage: { role: 'call', prompt: 211, completion: 37, provider: 'openai' },
    statements: { query: { value: 'why?' }, result: { value: 'so.' }, user: { value: 'u' } },
  })
  expect(map('ai.generateText', moved).usage?.role).toBe('aggregate')
  const tool = {
    'ai.toolCall.name': 'look',
    'traceloop.entity.input': '{"at":"x"}',
    'traceloop.entity.output': '"seen"',
  }
  expect(map('ai.toolCall', tool).tool).toMatchObject({ input: '{"at":"x"}', output: 'seen' })
})

test('an error that a span processor copied from an earlier tool is no failure', () => {
  const outcomeOf = (operation: string, attributes: Record<string, AnyValue>, events: Span['events'] = []) => {
    const status = { code: 2, message: 'no news' }
    return mapSpan(spanWith({ 'ai.operationId': operation, ...attributes }, { scope, status, events }), options).outcome
  }
  const result = { 'ai.toolCall.result': '"sunny"' }
  expect(outcomeOf('ai.toolCall', result)).toBe('ok')
  expect(outcomeOf('ai.generateText', { 'ai.response.finishReason': 'stop' })).toBe('ok')
  expect(outcomeOf('ai.embed.doEmbed', { 'ai.usage.tokens': 7 })).toBe('ok')
  expect(outcomeOf('ai.toolCall', {})).toBe('error')
  expect(outcomeOf('ai.toolCall', result, [spanEvent('exception')])).toBe('error')
})
