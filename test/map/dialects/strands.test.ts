import { expect, test } from 'vitest'
import { spanEvent } from '../make.ts'
import { mapper, operation } from './scoped.ts'

const map = mapper('strands.telemetry.tracer')
const counters = {
  'gen_ai.usage.input_tokens': 500,
  'gen_ai.usage.output_tokens': 27,
  'gen_ai.usage.total_tokens': 527,
  'gen_ai.usage.cache_read_input_tokens': 20,
}

test('the usage of an agent covers its lifetime', () => {
  expect(map('invoke_agent planner', { ...operation('invoke_agent'), ...counters }).usage?.role).toBe('lifetime')
  expect(map('chat', { ...operation('chat'), ...counters, 'gen_ai.system': 'strands-agents' }).usage).toMatchObject({
    role: 'call',
    provider: null,
  })
})

test('the prompt excludes cached tokens under the old name only', () => {
  const chat = { ...operation('chat'), ...counters }
  expect(map('chat', chat).usage).toMatchObject({ prompt: 520, cacheRead: 20 })
  expect(map('chat', { ...chat, 'gen_ai.usage.cache_read.input_tokens': 20 }).usage).toMatchObject({ prompt: 500 })
})

test('the SDK for TypeScript names its tracer after the service, and a provider as well', () => {
  const started = { 'gen_ai.event.start_time': '2026-11-28T21:26:57.222Z', 'gen_ai.system': 'shop' }
  const shop = mapper('shop')
  const agent = shop('invoke_agent planner', { ...operation('invoke_agent'), ...counters, ...started })
  expect(agent).toMatchObject({ dialect: 'Strands Agents', usage: { role: 'lifetime' } })
  expect(shop('chat', { ...operation('chat'), ...counters, ...started }).usage).toMatchObject({
    role: 'call',
    provider: null,
    prompt: 520,
  })
  for (const name of ['execute_agent_loop_cycle', 'node writer']) expect(shop(name, started).kind).toBe('plain')
  expect(shop('invoke_graph trip', { ...operation('invoke_graph'), ...started }).kind).toBe('workflow')
})

test.each([
  ['execute_event_loop_cycle', 'plain'],
  ['invoke_swarm', 'workflow'],
])('%s is %s', (name, kind) => expect(map(name, operation(name)).kind).toBe(kind))

test('input and output of a tool are read from events', () => {
  const events = [
    spanEvent('gen_ai.tool.message', { role: 'tool', content: '{"city": "Lisbon"}', id: 'c1' }),
    spanEvent('gen_ai.choice', { message: '[{"text": "sunny"}]', id: 'c1' }),
  ]
  const facts = map(
    'execute_tool weather',
    { ...operation('execute_tool'), 'gen_ai.tool.name': 'weather', 'gen_ai.tool.status': 'error' },
    { events },
  )
  expect(facts.tool).toMatchObject({ input: '{"city": "Lisbon"}', success: false })
  expect(facts.tool?.output).toContain('sunny')
})
