import { describe, expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { emptyTrace } from '../../../src/settle/model/trace.ts'
import { settle } from '../../../src/settle/settle.ts'
import { options, spanWith } from '../../map/make.ts'
import { noPrice } from '../../support/prices.ts'

type Attributes = Readonly<Record<string, AnyValue>>

/** The facts of spans with these attributes, each a second after the one before. */
function facts(...spans: (readonly [Attributes, Partial<Span>?])[]) {
  return spans.map(([attributes, other], i) => {
    const startTimeUnixNano = 1_795_407_990_000_000_000n + BigInt(i) * 1_000_000_000n
    const times = { startTimeUnixNano, endTimeUnixNano: startTimeUnixNano + 1_000_000n }
    const spanId = (i + 1).toString(16).padStart(16, '0')
    return mapSpan(spanWith(attributes, { spanId, parentSpanId: '', ...times, ...other }), options)
  })
}

function toolsOf(arrivals: ReturnType<typeof facts>) {
  return settle(emptyTrace(arrivals[0]!.trace), arrivals, noPrice).rows.tools.added
}

const tool = (name: string, input?: string, callId?: string): Attributes => ({
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': name,
  ...(input !== undefined && { 'gen_ai.tool.call.arguments': input }),
  ...(callId !== undefined && { 'gen_ai.tool.call.id': callId }),
})

const part = (id: string, name: string, city: string) => ({ type: 'tool_call', id, name, arguments: { city } })
const asks = (...parts: object[]): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.output.messages': JSON.stringify([{ role: 'assistant', parts }]),
})
const answers = (id: string, response: unknown): Attributes => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.input.messages': JSON.stringify([{ role: 'tool', parts: [{ type: 'tool_call_response', id, response }] }]),
})

describe('a tool span without the id of its call', () => {
  test('has the call with the same name and arguments, which has no second row', () => {
    const rows = toolsOf(
      facts(
        [asks(part('c1', 'weather', 'Lisbon'))],
        [tool('weather', '{ "city": "Lisbon" }')],
        [answers('c1', 'sunny')],
      ),
    )
    expect(rows).toMatchObject([{ name: 'weather', callId: 'c1', output: 'sunny', source: 'span', durationMs: 1 }])
  })

  test('is matched by its arguments, not by its place', () => {
    const rows = toolsOf(
      facts(
        [asks(part('c1', 'weather', 'Lisbon'), part('c2', 'weather', 'Porto'))],
        [tool('weather', '{"city":"Porto"}')],
        [tool('weather', '{"city":"Lisbon"}')],
      ),
    )
    expect(rows.map(({ callId, input }) => [callId, JSON.parse(input!)])).toEqual([
      ['c2', { city: 'Porto' }],
      ['c1', { city: 'Lisbon' }],
    ])
  })

  test('takes the names of its arguments, or all arguments, from the request of the model', () => {
    const ask = [asks(part('c1', 'weather', 'Lisbon'))] as const
    for (const input of ['Lisbon', undefined]) {
      const [row] = toolsOf(facts(ask, [tool('weather', input, 'span-only-id')]))
      expect(row).toMatchObject({ callId: 'c1', input: '{"city":"Lisbon"}' })
    }
  })

  test('has no call with other arguments, which has a row of its own', () => {
    const rows = toolsOf(
      facts([asks(part('c1', 'weather', 'Lisbon'))], [tool('weather', '{"city":"Porto"}')], [answers('c1', 'sunny')]),
    )
    expect(rows.map(({ source, callId }) => [source, callId])).toEqual([
      ['messages', 'c1'],
      ['span', null],
    ])
  })

  test('may have the values without their names, and numbers as text', () => {
    const parts = [{ type: 'tool_call', id: 'c1', name: 'add', arguments: { a: 1, b: 2 } }]
    expect(toolsOf(facts([asks(...parts)], [tool('add', '[1,2]')]))).toMatchObject([{ input: '{"a":1,"b":2}' }])
    const one = [{ type: 'tool_call', id: 'c1', name: 'add', arguments: { a: 1 } }]
    expect(toolsOf(facts([asks(...one)], [tool('add', '1')]))).toMatchObject([{ callId: 'c1', input: '{"a":1}' }])
  })

  test('nor the name of its tool has a call that no span with a name has', () => {
    const rows = toolsOf(
      facts(
        [asks(part('c1', 'weather', 'Lisbon'), part('c2', 'news', 'Lisbon'))],
        [tool('DynamicStructuredTool', '{"city":"Lisbon"}')],
        [tool('weather', '{"city":"Lisbon"}')],
        [tool('DynamicTool', '{"city":"Porto"}')],
        [answers('c2', 'quiet')],
      ),
    )
    expect(rows.map(({ name, callId, source }) => [name, callId, source])).toEqual([
      ['news', 'c2', 'span'],
      ['weather', 'c1', 'span'],
      ['step', null, 'span'],
    ])
  })

  test('has no call where it is inside another span of the same run', () => {
    const outer = [tool('weather', '{"city":"Lisbon"}')] as const
    const inner = [tool('weather', '{"city":"Lisbon"}'), { parentSpanId: '0000000000000002' }] as const
    const rows = toolsOf(facts([asks(part('c1', 'weather', 'Lisbon'))], outer, inner))
    expect(rows).toMatchObject([{ callId: 'c1' }])
  })
})

test('a streamed message with the arguments of several calls in one text is not believed', () => {
  const merged = { ...part('c1', 'weathercalculator', ''), arguments: '{"city":"Lisbon"}{"expression":"23*17"}' }
  const history = { role: 'assistant', parts: [part('c1', 'weather', 'Lisbon')] }
  const next = { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'sunny' }] }
  const rows = toolsOf(
    facts(
      [asks(merged)],
      [tool('weather', '{"city":"Lisbon"}')],
      [{ 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': JSON.stringify([history, next]) }],
    ),
  )
  expect(rows).toMatchObject([{ name: 'weather', callId: 'c1', source: 'span' }])
})

test('a failed run has the answer to the model as its error where its span has a single word', () => {
  const failed = { status: { code: 2, message: 'TOOL_ERROR' } } as const
  const [row] = toolsOf(
    facts(
      [asks(part('c1', 'weather', 'Lisbon'))],
      [tool('weather', undefined, 'c1'), failed],
      [answers('c1', 'station is closed')],
    ),
  )
  expect(row).toMatchObject({ success: false, error: 'station is closed' })
})

describe('a history that repeats earlier turns', () => {
  const user = (content: string) => ({ role: 'user', parts: [{ type: 'text', content }] })
  const asked = { role: 'assistant', parts: [part('c1', 'weather', 'Lisbon')] }
  const answered = { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: 'sunny' }] }
  const next = (...input: object[]): Attributes => ({
    'gen_ai.operation.name': 'chat',
    'gen_ai.input.messages': JSON.stringify(input),
  })

  test('has calls that make no rows: earlier traces have them', () => {
    expect(toolsOf(facts([next(user('weather?'), asked, answered, user('and now?'))]))).toEqual([])
    const again = [asks(part('c2', 'weather', 'Lisbon'))] as const
    const history = [next(user('weather?'), asked, answered, user('again?'))] as const
    const rows = toolsOf(facts(history, again, [tool('weather', '{"city":"Lisbon"}')]))
    expect(rows.map(({ callId }) => callId)).toEqual(['c2'])
  })

  test('has rows for the calls of this turn, though a remark of the user follows', () => {
    const rows = toolsOf(facts([asks(part('c1', 'weather', 'Lisbon'))], [next(asked, answered, user('be brief'))]))
    expect(rows).toMatchObject([{ callId: 'c1', output: 'sunny', source: 'messages' }])
    const remark = { role: 'user', parts: [...answered.parts, { type: 'text', content: 'be brief' }] }
    expect(toolsOf(facts([next(user('weather?'), asked, remark)]))).toMatchObject([{ callId: 'c1' }])
  })
})
