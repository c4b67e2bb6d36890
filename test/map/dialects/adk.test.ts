import { describe, expect, test } from 'vitest'
import type { AnyValue } from '../../../src/decode/span.ts'
import { defaultLimits } from '../../../src/map/facts/column-limits.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { isTrustedId } from '../../../src/settle/call-ids/trusted-id.ts'
import { spanWith } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const map = mapper('gcp.vertex.agent')

test.each([
  ['invocation', 'workflow'],
  ['invoke_workflow planner', 'workflow'],
  ['invoke_agent planner', 'agent'],
  ['agent_run [planner]', 'agent'],
  ['call_llm', 'llm'],
  ['generate_content gemini-2.5-flash', 'llm'],
  ['execute_tool weather', 'tool'],
  ['execute_tool (merged)', 'plain'],
  ['send_data', 'plain'],
])('%s is %s', (name, kind) => {
  // tools have empty requests and responses as well
  expect(map(name, { ...operation(name.split(' ')[0]!), 'gcp.vertex.agent.llm_request': '{}' }).kind).toBe(kind)
})

describe('reasoning and output', () => {
  const usage = (model: string, attributes: Record<string, AnyValue>) =>
    map('generate_content', {
      ...operation('generate_content'),
      'gen_ai.request.model': model,
      'gen_ai.usage.input_tokens': 229,
      ...attributes,
    }).usage

  test.each<[string, string, Record<string, AnyValue>]>([
    [
      'are one number',
      'gemini-2.5-flash',
      { 'gen_ai.usage.output_tokens': 31, 'gen_ai.usage.reasoning.output_tokens': 5 },
    ],
    [
      'are counted twice',
      'openai/gpt-4o-mini',
      { 'gen_ai.usage.output_tokens': 36, 'gen_ai.usage.reasoning.output_tokens': 5 },
    ],
    [
      'are two numbers',
      'projects/p/models/gemini-2.5-flash',
      { 'gen_ai.usage.output_tokens': 26, 'gen_ai.usage.experimental.reasoning_tokens': 5 },
    ],
  ])('%s', (_, model, attributes) => {
    expect(usage(model, attributes)).toMatchObject({ prompt: 229, completion: 31, reasoning: 5 })
  })
})

describe('messages:', () => {
  const call = (city: string) => ({ type: 'tool_call', id: 'weather_0', name: 'weather', arguments: { city } })
  const response = (result: string) => ({ type: 'tool_call_response', id: 'weather_0', response: { result } })
  const chat = (input: object[], output: object[]) =>
    map('generate_content', {
      ...operation('generate_content'),
      'gen_ai.input.messages': JSON.stringify(input),
      'gen_ai.output.messages': JSON.stringify(output),
    })
  const model = (...parts: object[]) => ({ role: 'assistant', parts })
  const user = (...parts: object[]) => ({ role: 'user', parts })

  test('calls that ADK numbers anew in each request get ids of their own, and a repeated call keeps its id', () => {
    const first = chat([user({ type: 'text', content: 'why?' })], [model(call('Lisbon'))])
    const second = chat([model(call('Lisbon')), user(response('sunny'))], [model(call('Porto'))])
    const third = chat(
      [model(call('Lisbon')), user(response('sunny')), model(call('Porto')), user(response('rain'))],
      [model({ type: 'text', content: 'so.' })],
    )
    const ids = new Set([first, second, third].flatMap(({ asks }) => asks.map(({ callId }) => callId)))
    expect(ids.size).toBe(2)
    expect(third.answers.map(({ callId, output }) => [ids.has(callId), output])).toEqual([
      [true, '{"result":"sunny"}'],
      [true, '{"result":"rain"}'],
    ])
    expect(third.statements.result?.value).toBe('so.')
  })

  test('no id holds an argument, so that none is stored where content is withheld or redacted', () => {
    const own = chat([model(call('Lisbon')), user(response('sunny'))], [model(call('Lisbon'), call('Porto'))])
    expect(own.asks.map(({ callId }) => callId)).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}:1$/),
      expect.stringMatching(/^[0-9a-f]{16}:2$/),
      expect.stringMatching(/^[0-9a-f]{16}:1$/),
    ])
    // equal calls of two traces are two calls
    expect(own.asks.filter(({ callId }) => isTrustedId(callId!))).toEqual([])
    const options = { digest: () => 'd'.repeat(64), limits: { ...defaultLimits, content: 0 } }
    const scope = { name: 'gcp.vertex.agent', version: '', attributes: new Map(), schemaUrl: '' }
    const messages = JSON.stringify([model(call('Lisbon')), user(response('sunny'))])
    const attributes = { ...operation('generate_content'), 'gen_ai.input.messages': messages }
    const withheld = mapSpan(spanWith(attributes, { name: 'generate_content', scope }), options)
    const { asks, answers, events } = withheld
    expect(asks).toHaveLength(1)
    const stored = JSON.stringify([asks, answers, events.map(({ message, payload }) => [message, payload])])
    expect(stored).not.toMatch(/Lisbon|sunny/)
  })

  test('an id that is not a number of ADK stays', () => {
    const own = { ...call('Lisbon'), id: 'call_1' }
    expect(chat([], [model(own)]).asks).toMatchObject([{ callId: 'call_1' }])
  })

  test('the chunks of a stream are one answer', () => {
    const text = (content: string) => model({ type: 'text', content })
    expect(chat([], [text('Sunny '), text('in Lisbon')]).statements.result?.value).toBe('Sunny in Lisbon')
  })

  test('the request and the response of older versions are read', () => {
    const { statements } = map('call_llm', {
      'gcp.vertex.agent.llm_request': '{"model":"m","contents":[{"role":"user","parts":[{"text":"why?"}]}]}',
      'gcp.vertex.agent.llm_response': '{"content":{"role":"model","parts":[{"text":"so."}]}}',
    })
    expect([statements.query?.value, statements.result?.value]).toEqual(['why?', 'so.'])
  })
})

test('the reason of a failed tool is in its result', () => {
  const facts = map(
    'execute_tool weather',
    {
      ...operation('execute_tool'),
      'gen_ai.tool.call.result': '{"error": "station is closed"}',
      'error.type': 'TOOL_ERROR',
    },
    { status: { code: 2, message: 'TOOL_ERROR' } },
  )
  expect(facts.tool).toMatchObject({ success: false, error: 'station is closed' })
})
