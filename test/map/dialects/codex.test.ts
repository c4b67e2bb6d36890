import { expect, test } from 'vitest'
import { type Attributes, recordOf, spanOf } from './coding-agent.ts'

const event = (name: string, attributes: Attributes) =>
  recordOf('codex_otel.log_only', name, { 'conversation.id': 'c-1', model: 'gpt-5', ...attributes })

test('a completed response with counters is a call, and every record names the workflow', () => {
  const counters = { input_token_count: '40', output_token_count: '9', cached_token_count: 32 }
  const call = event('codex.sse_event', { 'event.kind': 'response.completed', ...counters })
  expect(call).toMatchObject({
    workflowId: 'c-1',
    usage: { prompt: 40, completion: 9, cacheRead: 32, model: 'gpt-5' },
  })
  const other = event('codex.sse_event', { 'event.kind': 'response.completed' })
  expect(other).toMatchObject({ workflowId: 'c-1', kind: 'plain', usage: null })
})

test('the usage of a turn is an aggregate, and a thread id is no workflow id', () => {
  const turn = spanOf('codex_exec', 'session_task.turn', {
    'thread.id': 'c-1',
    'codex.turn.token_usage.input_tokens': 90,
    'codex.turn.token_usage.output_tokens': 12,
  })
  expect(turn).toMatchObject({ kind: 'task', workflowId: null, usage: { role: 'aggregate', prompt: 90 } })
})

test('a span that only mentions a tool is plain', () => {
  const about = { tool_name: 'exec_command', call_id: 'call_1' }
  expect(spanOf('codex_exec', 'guardian_scoring_observation', about).kind).toBe('plain')
  expect(spanOf('codex_exec', 'exec_command', { ...about, 'codex.tool.phase': 'dispatch' })).toMatchObject({
    kind: 'tool',
    tool: { name: 'exec_command', callId: 'call_1' },
  })
})
