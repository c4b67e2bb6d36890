import type { About, Dialect, Inclusion } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { child, isList, isRecord, type Tree } from '../values/tree.ts'

/** How a client that was forked from Gemini CLI differs from the others. */
interface Fork {
  readonly name: string
  readonly scope: string
  /** The prefix of event names: `gemini_cli` in `gemini_cli.api_response`. */
  readonly prefix: string
  readonly provider: string | null
  readonly reasoning: Inclusion
  readonly about: About
}

/** Returns the text of an answer, which the attribute holds as the API's list of chunks. */
function answerOf(item: Item): Tree | undefined {
  const chunks = treeOf(item, 'response_text')
  if (!isList(chunks)) return item.attributes.get('response_text') ?? undefined
  const texts = chunks.flatMap((chunk) => {
    const parts = child(child(child(child(chunk, 'candidates'), 0), 'content'), 'parts')
    return isList(parts) ? parts.map((part) => (isThought(part) ? '' : child(part, 'text'))) : []
  })
  return texts.filter((text) => typeof text === 'string').join('')
}

function isThought(part: Tree): boolean {
  return isRecord(part) && child(part, 'thought') === true
}

/** Whether a call belongs to the conversation, unlike the client's own calls for routing, compression and summaries. */
function isConversation(item: Item): boolean {
  const role = firstValue(item, ['role'], asName)
  return role === null || role === 'main'
}

/**
 * Creates the dialect of Gemini CLI or a fork: log records, and spans without counters. A session is a run. Each call is a
 * record `api_response`; `gen_ai.client.inference.operation.details` repeats it without the reasoning tokens
 * (docs/dialects.md §16.3).
 */
export function geminiCliFork({ name, about, scope, prefix, provider, reasoning }: Fork): Dialect {
  return {
    name,
    about,
    detect: { scopes: [scope] },
    kinds: [
      {
        key: 'gen_ai.operation.name',
        values: { llm_call: 'llm', tool_call: 'tool', agent_call: 'agent' },
      },
      { kind: 'plain', has: ['gen_ai.operation.name'] },
    ],
    fields: {
      workflowId: ['session.id', 'gen_ai.conversation.id'],
      session: ['session.id', 'gen_ai.conversation.id'],
      user: ['user.email'],
      agent: ['gen_ai.agent.name'],
      provider: ['gen_ai.provider.name', () => provider ?? undefined],
      model: ['model', 'gen_ai.request.model'],
      responseModel: ['gen_ai.response.model'],
      responseId: ['response_id', 'gen_ai.response.id'],
      prompt: ['input_token_count', 'gen_ai.usage.input_tokens'],
      completion: ['output_token_count', 'gen_ai.usage.output_tokens'],
      total: ['total_token_count'],
      cacheRead: ['cached_content_token_count'],
      reasoning: ['thoughts_token_count'],
      tool: ['function_name', 'gen_ai.tool.name'],
      callId: ['gen_ai.tool.call_id', 'gen_ai.tool.call.id'],
      toolInput: ['function_args', 'gen_ai.tool.call.arguments'],
      success: ['success'],
      error: ['error.message', 'error'],
      duration: ['duration_ms'],
    },
    usage: { roles: { llm: 'call' }, trust: 30, cache: 'included', reasoning, elsewhere: true, zeroCost: 'unknown' },
    events: {
      [`${prefix}.user_prompt`]: { kind: 'task', message: 'input', role: 'user', messageAt: ['prompt'] },
      [`${prefix}.api_response`]: { kind: 'llm', usage: 'call', ...answer },
      [`${prefix}.tool_call`]: { kind: 'tool' },
      // the client's own record of the answer has the counters
      'gen_ai.client.inference.operation.details': { kind: 'llm' },
    },
  }
}

const answer = {
  message: 'output',
  role: 'assistant',
  messageAt: [(item: Item) => (isConversation(item) ? answerOf(item) : '')],
} as const

/** Gemini CLI. */
export const geminiCli: Dialect = geminiCliFork({
  name: 'Gemini CLI',
  about: { seen: 'Gemini CLI 0.61.0', signals: 'traces and logs', silent: 'how a session ended' },
  scope: 'gemini-cli',
  prefix: 'gemini_cli',
  provider: 'gcp.gemini',
  reasoning: 'excluded',
})
