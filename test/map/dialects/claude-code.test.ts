import { expect, test } from 'vitest'
import { type Attributes, recordOf, spanOf } from './coding-agent.ts'

const session = { 'session.id': 's-1' }
const event = (name: string, attributes: Attributes) =>
  recordOf('com.anthropic.claude_code.events', name, { ...session, ...attributes })

test('the prompt of a call excludes cached tokens, and the cost is stated', () => {
  const { workflowId, usage } = event('api_request', {
    model: 'claude-sonnet-4-5',
    input_tokens: '12',
    output_tokens: '5',
    cache_read_tokens: '100',
    cache_creation_tokens: '30',
    cost_usd: '0.0123',
    request_id: 'req_1',
  })
  expect(workflowId).toBe('s-1')
  expect(usage).toMatchObject({
    role: 'call',
    prompt: 142,
    completion: 5,
    cacheRead: 100,
    cacheWrite: 30,
    responseId: 'req_1',
    provider: 'anthropic',
    statedCostNano: 12_300_000,
  })
})

test('a tool result is a tool call and its result under one id, failed if `success` is false', () => {
  const { tool, asks, answers } = event('tool_result', {
    tool_name: 'Read',
    tool_use_id: 'toolu_1',
    success: 'false',
    error: 'no such file',
    tool_input: '{"file_path":"/x"}',
    duration_ms: '4',
  })
  expect(tool).toBeNull()
  expect(asks).toEqual([{ callId: 'toolu_1', name: 'Read', input: '{"file_path":"/x"}' }])
  expect(answers).toEqual([{ callId: 'toolu_1', name: 'Read', output: 'no such file', failed: true }])
})

test('the query is the prompt, unless it is redacted', () => {
  expect(event('user_prompt', { prompt: 'Hi' }).statements.query?.value).toBe('Hi')
  expect(event('user_prompt', { prompt: '<REDACTED>' }).statements.query).toBeUndefined()
  const interaction = { ...session, 'span.type': 'interaction', user_prompt: 'Hi' }
  const task = spanOf('com.anthropic.claude_code.tracing', 'claude_code.interaction', interaction)
  expect(task).toMatchObject({ kind: 'task', workflowId: 's-1' })
  expect(task.statements.query?.value).toBe('Hi')
})

test('the result is an answer of the conversation, not of a call that generates a title', () => {
  const answer = (source: string) =>
    event('assistant_response', { response: 'Done.', query_source: source }).statements.result?.value
  expect(answer('sdk')).toBe('Done.')
  expect(answer('generate_session_title')).toBeUndefined()
})

test('the parts of a tool span are plain', () => {
  const part = { ...session, 'span.type': 'tool.execution', tool_use_id: 'toolu_1', success: false }
  expect(spanOf('com.anthropic.claude_code.tracing', 'claude_code.tool.execution', part)).toMatchObject({
    kind: 'plain',
  })
})
