import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'

/** Reads an attribute unless its text is redacted, as prompts and answers are by default. */
function unlessRedacted(key: string) {
  return ({ attributes }: Item) => {
    const text = attributes.get(key)
    return typeof text === 'string' && /^[<[]?redacted/i.test(text) ? undefined : text
  }
}

/** Whether a call belongs to the conversation, unlike the client's own calls for titles, suggestions and quota. */
function isConversation(item: Item): boolean {
  const source = firstValue(item, ['query_source'], asName)
  return source === null || source === 'sdk' || source.startsWith('repl_main_thread')
}

/**
 * Claude Code and applications on its SDK: log records by default, and spans in beta. A session is a run. Each call is a
 * record `api_request`, and a span `llm_request` with the same request id (docs/dialects.md §16.1).
 * Source: https://code.claude.com/docs/en/monitoring-usage
 */
export const claudeCode: Dialect = {
  name: 'Claude Code',
  about: { seen: 'Claude Code 2.1.197', signals: 'traces and logs', silent: "the answer, where it isn't logged" },
  detect: {
    scopes: ['com.anthropic.claude_code', 'com.anthropic.claude_code.'],
  },
  kinds: [
    { key: 'span.type', values: { interaction: 'task', llm_request: 'llm', tool: 'tool' } },
    // parts of a tool span (the wait for a permission, the execution), and hooks
    { kind: 'plain', has: ['span.type'] },
  ],
  fields: {
    workflowId: ['session.id'],
    session: ['session.id'],
    user: ['user.id', 'user.account_uuid', 'user.email'],
    query: [unlessRedacted('user_prompt')],
    provider: ['gen_ai.provider.name', 'gen_ai.system', () => 'anthropic'],
    model: ['model', 'gen_ai.request.model'],
    responseModel: ['gen_ai.response.model'],
    responseId: ['request_id', 'gen_ai.response.id'],
    prompt: ['input_tokens'],
    completion: ['output_tokens'],
    cacheRead: ['cache_read_tokens'],
    cacheWrite: ['cache_creation_tokens'],
    cost: ['cost_usd'],
    tool: ['tool_name'],
    callId: ['tool_use_id', 'gen_ai.tool.call.id'],
    toolInput: ['tool_input', 'tool_parameters'],
    success: ['success'],
    error: ['error'],
    duration: ['duration_ms'],
  },
  usage: {
    roles: { llm: 'call' },
    trust: 30,
    cache: 'excluded',
    reasoning: 'included',
    elsewhere: true,
    zeroCost: 'stated',
  },
  events: {
    user_prompt: { kind: 'task', message: 'input', role: 'user', messageAt: [unlessRedacted('prompt')] },
    api_request: { kind: 'llm', usage: 'call' },
    assistant_response: {
      kind: 'llm',
      when: isConversation,
      message: 'output',
      role: 'assistant',
      messageAt: [unlessRedacted('response')],
    },
    tool_result: { kind: 'tool' },
  },
}
