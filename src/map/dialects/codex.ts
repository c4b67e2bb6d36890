import type { Dialect } from '../table/dialect.ts'

/**
 * OpenAI's Codex CLI. A conversation is a run; all log records name it, but few spans do. Each call is a span
 * `handle_responses` with counters (others of that name have none) and a record `codex.sse_event`; a turn has the sum of
 * its calls. `thread.id` is a thread of the operating system, except on `session_task.turn` (docs/dialects.md §16.2).
 */
export const codex: Dialect = {
  name: 'Codex',
  about: {
    seen: 'Codex CLI 0.169.0',
    signals: 'traces and logs',
    silent: 'the answer; the failure of a command that ends with another code than 0',
  },
  detect: { scopes: ['codex_exec', 'codex_cli_rs', 'codex_otel.'], keys: ['codex.'] },
  kinds: [
    { kind: 'llm', name: /^handle_responses$/, has: ['gen_ai.usage.input_tokens'] },
    { kind: 'task', name: /^(turn\/start|session_task\.turn)$/ },
    { kind: 'tool', has: ['codex.tool.phase', 'tool_source'], when: ({ attributes }) => attributes.has('call_id') },
    // all other work of the CLI, some of it for a tool
    { kind: 'plain' },
  ],
  fields: {
    workflowId: ['conversation.id'],
    session: ['conversation.id'],
    user: ['user.account_id', 'user.email'],
    model: ['model', 'slug'],
    prompt: ['gen_ai.usage.input_tokens', 'input_token_count', 'codex.turn.token_usage.input_tokens'],
    completion: ['gen_ai.usage.output_tokens', 'output_token_count', 'codex.turn.token_usage.output_tokens'],
    total: ['codex.usage.total_tokens', 'codex.turn.token_usage.total_tokens'],
    cacheRead: [
      'gen_ai.usage.cache_read.input_tokens',
      'cached_token_count',
      'codex.turn.token_usage.cached_input_tokens',
    ],
    cacheWrite: [
      'gen_ai.usage.cache_write.input_tokens',
      'cache_write_token_count',
      'codex.turn.token_usage.cache_write_input_tokens',
    ],
    reasoning: [
      'codex.usage.reasoning_output_tokens',
      'reasoning_token_count',
      'codex.turn.token_usage.reasoning_output_tokens',
    ],
    tool: ['tool_name'],
    callId: ['call_id'],
    toolInput: ['arguments'],
    toolOutput: ['output'],
    success: ['success'],
    error: ['error.message'],
    duration: ['duration_ms'],
  },
  usage: {
    roles: { llm: 'call' },
    trust: 30,
    cache: 'included',
    reasoning: 'included',
    elsewhere: true,
    zeroCost: 'unknown',
  },
  events: {
    'codex.user_prompt': { kind: 'task', message: 'input', role: 'user', messageAt: ['prompt'] },
    'codex.sse_event': { kind: 'llm', when: ({ attributes }) => attributes.has('input_token_count'), usage: 'call' },
    'codex.tool_result': { kind: 'tool' },
  },
}
