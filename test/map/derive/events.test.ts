import { expect, test } from 'vitest'
import type { AnyValue, Span } from '../../../src/decode/span.ts'
import { defaultLimits } from '../../../src/map/facts/column-limits.ts'
import type { EventFact } from '../../../src/map/facts/facts.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { options, spanEvent, spanWith } from '../make.ts'

const events = (attributes: Record<string, AnyValue>, other: Partial<Span> = {}): readonly EventFact[] =>
  mapSpan(spanWith(attributes, other), options).events
const typesOf = (list: readonly EventFact[]): string[] => list.map(({ type }) => type)
const failed = { code: 2, message: 'no backend' }

test('an agent, a call and a tool have events for their start and end', () => {
  expect(typesOf(events({ agent_name: 'writer' }))).toEqual(['agent.started', 'agent.completed'])
  expect(typesOf(events({ agent_name: 'writer' }, { status: failed }))).toEqual(['agent.started', 'agent.failed'])
  expect(typesOf(events({ tool_name: 'search' }))).toEqual(['tool.called', 'tool.completed'])
  expect(typesOf(events({ tool_name: 'search' }, { status: failed }))).toEqual(['tool.called', 'tool.failed'])
  expect(typesOf(events({ model: 'gpt-4o' }))).toEqual(['agent.thinking'])
  expect(typesOf(events({ 'step.type': 'embedding' }))).toEqual(['agent.thinking'])
  expect(typesOf(events({ 'step.type': 'workflow' }))).toEqual([])
})

test('the event of the start has the attributes, that of the end the duration and the error', () => {
  const [called, ended] = events({ tool_name: 'search', tool_args: '{"q":1}' }, { status: failed }).map((one) =>
    JSON.parse(one.payload),
  )
  const ids = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331' }
  expect(called).toEqual({ ...ids, attributes: { tool_name: 'search', tool_args: '{"q":1}' } })
  expect(ended).toEqual({ ...ids, duration_ms: 1_000, error: 'no backend' })
})

test('messages name the subject, the input and the output', () => {
  const said = events({ tool_name: 'search', tool_args: '{"q":1}', tool_result: 'nothing' }).map(
    ({ message }) => message,
  )
  expect(said).toEqual(['search {"q":1}', 'search: nothing'])
  expect(events({ tool_name: 'search' }, { status: failed })[1]!.message).toBe('search failed: no backend')
})

test('a model call that failed says so in its event', () => {
  expect(events({ model: 'gpt-4o' }, { status: failed })[0]!.message).toBe('gpt-4o failed: no backend')
  expect(events({ model: 'gpt-4o' }, { status: { code: 2, message: '' } })[0]!.message).toBe('gpt-4o failed')
  expect(events({ model: 'gpt-4o' })[0]!.message).toBe('gpt-4o')
})

test('own events of a span stand between its start and end, under their names', () => {
  const own = [spanEvent('retry', { attempt: 1 }), spanEvent('exception', { 'exception.message': 'no backend' })]
  const list = events({ tool_name: 'search' }, { events: own })
  expect(typesOf(list)).toEqual(['tool.called', 'retry', 'exception', 'tool.failed'])
  expect(list[2]!.message).toBe('no backend')
})

test('events are in the order of time', () => {
  const own = [{ ...spanEvent('late'), timeUnixNano: 1_795_407_999_000_000_000n }]
  expect(typesOf(events({ tool_name: 'search' }, { events: own }))).toEqual(['tool.called', 'tool.completed', 'late'])
})

test('a long attribute is cut, so that all attributes fit into the payload', () => {
  const attributes: Record<string, AnyValue> = { model: 'gpt-4o', long: 'é😀\n'.repeat(50_000) }
  for (let index = 0; index < 200; index++) attributes[`key${index}`] = 'x'.repeat(100)
  const { payload } = events(attributes)[0]!
  expect(payload.length).toBeLessThanOrEqual(defaultLimits.payload)
  const kept = JSON.parse(payload).attributes
  expect(kept.long).toMatch(/^(é😀\n)+é?😀?\n?…$/u)
  expect(kept.key50).toBe('x'.repeat(100))
})

test('events of a span with very many parts are written at once', () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i]))
  const nested = { list: Array.from({ length: 300 }, (_, i) => i) }
  for (const attributes of [many, nested]) {
    const span = spanWith({ model: 'gpt-4o', ...attributes })
    const [thinking] = mapSpan(span, options).events
    span.attributes.clear()
    expect(JSON.parse(thinking!.payload).attributes).toMatchObject({ model: 'gpt-4o' })
  }
})
