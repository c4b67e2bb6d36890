import { expect, test } from 'vitest'
import { mapper, operation } from './scoped.ts'

const map = mapper('com.anthropic.sdk.python')
const done = { status: { code: 1, message: '' } }
const usage = {
  'gen_ai.usage.input_tokens': 211,
  'gen_ai.usage.output_tokens': 37,
  'gen_ai.usage.cache_read.input_tokens': 0,
  'gen_ai.usage.cache_write.input_tokens': 101,
  'gen_ai.response.id': 'msg_1',
}

test('the report of the SDK has the highest trust, that of the platform less', () => {
  const call = { ...operation('chat'), ...usage }
  expect(map('anthropic.messages.create', call, done).usage).toMatchObject({ prompt: 211, cacheWrite: 101, trust: 40 })
  expect(mapper('com.anthropic.claude-platform')('anthropic.messages.create', call, done).usage?.trust).toBe(35)
})

test('a call without a status was abandoned, so it is cancelled', () => {
  expect(map('anthropic.messages.create', operation('chat')).outcome).toBe('cancelled')
  expect(map('anthropic.messages.create', operation('chat'), done).outcome).toBe('ok')
})

test('counting tokens is no model call', () => {
  const counted = { 'anthropic.message.count_tokens.input_tokens': 5, 'gen_ai.request.model': 'm-1' }
  expect(map('anthropic.messages.count_tokens', counted, done)).toMatchObject({ kind: 'plain', usage: null })
})

test('a tool run of the tool runner is read', () => {
  const content = '[{"type":"text","text":"sunny"}]'
  expect(
    map(
      'anthropic.custom_tool_use weather',
      { ...operation('execute_tool'), 'anthropic.tool_result.content': content },
      done,
    ).tool,
  ).toMatchObject({ name: 'weather', success: true })
})
