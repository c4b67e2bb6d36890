import { describe, expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { mapRecord } from '../../../src/map/record.ts'
import { mapSpan } from '../../../src/map/span.ts'
import { atTop, options, recordWith, spanWith } from '../make.ts'

type Attributes = Parameters<typeof spanWith>[0]

function record(scope: string, name: string, attributes: Attributes): Facts {
  return mapRecord(
    recordWith({
      traceId: '',
      spanId: '',
      eventName: 'event src/telemetry.rs:703',
      scope: { name: scope, version: '', attributes: new Map(), schemaUrl: '' },
      attributes: new Map(Object.entries({ 'event.name': name, ...attributes })),
    }),
    options,
  )
}

function span(scope: string, name: string, attributes: Attributes): Facts {
  const where = { name: scope, version: '', attributes: new Map(), schemaUrl: '' }
  return mapSpan(spanWith(attributes, { ...atTop, name, scope: where }), options)
}

describe('Claude Code', () => {
  const session = { 'session.id': 's-1' }
  const event = (name: string, attributes: Attributes) =>
    record('com.anthropic.claude_code.events', name, { ...session, ...attributes })

  test('a call excludes what was read from and written to the cache, and states its cost', () => {
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

  test('a tool result asks and answers under its call id, and its words say whether it failed', () => {
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

  test('the question is the prompt, unless it is withheld', () => {
    expect(event('user_prompt', { prompt: 'Hi' }).statements.query?.value).toBe('Hi')
    expect(event('user_prompt', { prompt: '<REDACTED>' }).statements.query).toBeUndefined()
    const interaction = { ...session, 'span.type': 'interaction', user_prompt: 'Hi' }
    const task = span('com.anthropic.claude_code.tracing', 'claude_code.interaction', interaction)
    expect(task).toMatchObject({ kind: 'task', workflowId: 's-1' })
    expect(task.statements.query?.value).toBe('Hi')
  })

  test('an answer is one of the conversation, not a title that the client asks for', () => {
    const answer = (source: string) =>
      event('assistant_response', { response: 'Done.', query_source: source }).statements.result?.value
    expect(answer('sdk')).toBe('Done.')
    expect(answer('generate_session_title')).toBeUndefined()
  })

  test('the parts of a tool span are no tools', () => {
    const part = { ...session, 'span.type': 'tool.execution', tool_use_id: 'toolu_1', success: false }
    expect(span('com.anthropic.claude_code.tracing', 'claude_code.tool.execution', part)).toMatchObject({
      kind: 'plain',
    })
  })
})

describe('Codex', () => {
  const event = (name: string, attributes: Attributes) =>
    record('codex_otel.log_only', name, { 'conversation.id': 'c-1', model: 'gpt-5', ...attributes })

  test('only the completed response that has counters is a call; every record names the run', () => {
    const counters = { input_token_count: '40', output_token_count: '9', cached_token_count: 32 }
    const call = event('codex.sse_event', { 'event.kind': 'response.completed', ...counters })
    expect(call).toMatchObject({
      workflowId: 'c-1',
      usage: { prompt: 40, completion: 9, cacheRead: 32, model: 'gpt-5' },
    })
    const other = event('codex.sse_event', { 'event.kind': 'response.completed' })
    expect(other).toMatchObject({ workflowId: 'c-1', kind: 'plain', usage: null })
  })

  test('a turn sums up its calls, and the number of a thread is no run', () => {
    const turn = span('codex_exec', 'session_task.turn', {
      'thread.id': 'c-1',
      'codex.turn.token_usage.input_tokens': 90,
      'codex.turn.token_usage.output_tokens': 12,
    })
    expect(turn).toMatchObject({ kind: 'task', workflowId: null, usage: { role: 'aggregate', prompt: 90 } })
  })

  test('a span about a tool is not the tool', () => {
    const about = { tool_name: 'exec_command', call_id: 'call_1' }
    expect(span('codex_exec', 'guardian_scoring_observation', about).kind).toBe('plain')
    expect(span('codex_exec', 'exec_command', { ...about, 'codex.tool.phase': 'dispatch' })).toMatchObject({
      kind: 'tool',
      tool: { name: 'exec_command', callId: 'call_1' },
    })
  })
})

describe('Gemini CLI and Qwen Code', () => {
  const counters = { input_token_count: 100, output_token_count: 20, thoughts_token_count: 7 }
  const response = (scope: string, prefix: string, attributes: Attributes) =>
    record(scope, `${prefix}.api_response`, { 'session.id': 's-1', model: 'm', ...counters, ...attributes })

  test('one counts its thoughts beside the output, the other within', () => {
    expect(response('gemini-cli', 'gemini_cli', {}).usage).toMatchObject({ prompt: 100, completion: 27 })
    expect(response('qwen-code', 'qwen-code', {}).usage).toMatchObject({ prompt: 100, completion: 20 })
  })

  test('an answer is the text of its chunks, thoughts left out', () => {
    const chunk = (part: object) => ({ candidates: [{ content: { parts: [part] } }] })
    const chunks = JSON.stringify([
      chunk({ text: 'It is ' }),
      chunk({ text: 'hm', thought: true }),
      chunk({ text: 'done.' }),
    ])
    const said = (role: string) =>
      response('gemini-cli', 'gemini_cli', { response_text: chunks, role }).statements.result?.value
    expect(said('main')).toBe('It is done.')
    expect(said('utility_router')).toBeUndefined()
  })

  test('a tool call without an id is a run of its own, as long as it says', () => {
    const facts = record('gemini-cli', 'gemini_cli.tool_call', {
      'session.id': 's-1',
      function_name: 'read_file',
      function_args: '{"file_path":"/x"}',
      success: false,
      error: 'not there',
      duration_ms: 250,
    })
    expect(facts.tool).toMatchObject({
      name: 'read_file',
      input: '{"file_path":"/x"}',
      success: false,
      error: 'not there',
    })
    expect(facts.endNs - facts.startNs).toBe(250_000_000n)
    expect(facts.events.map(({ type }) => type)).toEqual(['tool.called', 'gemini_cli.tool_call', 'tool.failed'])
  })
})
