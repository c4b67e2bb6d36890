import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanWith } from '../make.ts'

function map(name: string, attributes: Record<string, AnyValue> = {}): Facts {
  return mapSpan(spanWith({ 'haystack.tracer': 'on', ...attributes }, { name: `haystack.${name}` }), options)
}

const component = (type: string): Record<string, AnyValue> => ({
  'haystack.component.type': type,
  'haystack.component.name': 'planner',
})

describe('kinds', () => {
  test.each([
    ['pipeline.run', 'workflow'],
    ['agent.run', 'task'],
    ['agent.step', 'plain'],
    ['agent.step.llm', 'llm'],
    ['agent.step.tool', 'tool'],
    ['agent.hook.before', 'plain'],
    ['chat_generator.run', 'llm'],
  ])('%s is %s', (name, kind) => expect(map(name).kind).toBe(kind))

  test.each([
    ['Agent', 'agent', 'planner'],
    ['OpenAIChatGenerator', 'llm', null],
    ['OpenAITextEmbedder', 'embedding', null],
    ['PromptBuilder', 'plain', null],
  ])('a component of type %s is %s', (type, kind, agent) => {
    expect(map('component.run', component(type))).toMatchObject({ kind, agent })
  })
})

const text = (role: string, said: string): object => ({ role, content: [{ text: said }] })

test('counters and model are read from the replies', () => {
  const usage = { prompt_tokens: 307, completion_tokens: 29, prompt_tokens_details: { cached_tokens: 128 } }
  const replies = [{ ...text('assistant', 'so.'), meta: { model: 'm-1', usage } }]
  for (const [name, key, of] of [
    ['agent.step.llm', 'haystack.agent.step.llm.output', {}],
    ['component.run', 'haystack.component.output', component('OpenAIChatGenerator')],
  ] as const) {
    expect(map(name, { ...of, [key]: JSON.stringify({ replies }) })).toMatchObject({
      usage: { role: 'call', prompt: 307, completion: 29, cacheRead: 128, responseModel: 'm-1' },
      statements: { result: { value: 'so.' } },
    })
  }
})

test('an agent that repeats replies among its messages has no usage', () => {
  const messages = [{ ...text('assistant', 'so.'), meta: { usage: { prompt_tokens: 1, completion_tokens: 1 } } }]
  const output = { 'haystack.component.output': JSON.stringify({ messages }) }
  expect(map('component.run', { ...component('Agent'), ...output })).toMatchObject({
    usage: null,
    statements: { result: { value: 'so.' } },
  })
})

test('query and result of a pipeline are read below the names of its components', () => {
  const facts = map('pipeline.run', {
    'haystack.pipeline.input_data': JSON.stringify({ top: { k: 3 }, planner: { messages: [text('user', 'why?')] } }),
    'haystack.pipeline.output_data': JSON.stringify({ planner: { messages: [text('assistant', 'so.')] } }),
  })
  expect(facts.statements).toMatchObject({ query: { value: 'why?' }, result: { value: 'so.' } })
})

test('a tool whose output has an error failed, although no status is set', () => {
  const tool = { 'haystack.tool.name': 'weather', 'haystack.agent.step.tool.input': '{"city":"Lisbon"}' }
  const output = { 'haystack.agent.step.tool.output': '{"error":"station is closed"}' }
  expect(map('agent.step.tool', tool).tool).toMatchObject({ name: 'weather', success: true })
  for (const said of [output, { ...output, 'haystack.tool.error': true }])
    expect(map('agent.step.tool', { ...tool, ...said }).tool).toMatchObject({
      success: false,
      error: 'station is closed',
    })
})
