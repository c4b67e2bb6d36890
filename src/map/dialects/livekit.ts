import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { firstValue } from '../table/source.ts'
import { asFlag } from '../values/convert.ts'
import { genai, genaiFields } from './genai.ts'

const isError = 'lk.function_tool.is_error'

/** The voice agents of LiveKit; what is spoken or transcribed is no call of tokens. */
export const livekit: Dialect = {
  ...genai,
  name: 'LiveKit Agents',
  about: { seen: 'its source', signals: 'traces', silent: 'agents but by name, workflow ids' },
  detect: { scopes: ['livekit-agents'], keys: ['lk.'] },
  kinds: [
    { kind: 'tool', has: ['lk.function_tool.name'] },
    { kind: 'workflow', name: /^(job_entrypoint|agent_session)$/ },
    // around a request that has a span of its own
    { kind: 'plain', name: /^(agent_turn|user_turn|llm_node|llm_request_run|stt_node|tts_node|tts_request\w*)$/ },
    { kind: 'plain', has: ['lk.tts.streaming'] },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    cacheRead: [...genaiFields.cacheRead!, { key: 'lk.llm_metrics', path: ['prompt_cached_tokens'] }],
    tool: ['lk.function_tool.name'],
    callId: ['lk.function_tool.id'],
    toolInput: ['lk.function_tool.arguments'],
    toolOutput: ['lk.function_tool.output'],
    query: ['lk.user_input'],
    result: ['lk.response.text'],
  },
  hasFailed: (item) => firstValue(item, [isError], asFlag),
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, ({ attributes }) => inputMessagesIn(attributes.get('lk.user_input'))],
    output: [...genai.messages!.output, ({ attributes }) => outputMessagesIn(attributes.get('lk.response.text'))],
  },
}
