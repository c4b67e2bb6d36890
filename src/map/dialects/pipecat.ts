import { outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { genai, genaiFields } from './genai.ts'

function providerOf(item: Item): string {
  return firstValue(item, ['gen_ai.provider.name'], asName) ?? ''
}

/**
 * The voice agents of Pipecat: a conversation, its turns, and the services below them. Speech and transcription are no
 * calls of tokens. The services of a realtime API have a span for each of its messages (docs/dialects.md §19.5).
 */
export const pipecat: Dialect = {
  ...genai,
  name: 'Pipecat',
  about: { seen: 'its source', signals: 'traces', silent: 'agents and workflow ids; tools but those of Gemini Live' },
  detect: { scopes: ['pipecat', 'pipecat.'] },
  kinds: [
    { kind: 'workflow', name: /^conversation$/ },
    { kind: 'task', name: /^turn$/ },
    { kind: 'plain', name: /^(stt|tts|llm_setup|llm_request|llm_tool_call)$/ },
    { kind: 'tool', name: /^llm_tool_result$/ },
    { kind: 'llm', name: /^llm(_response)?$/ },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    tool: ['tool.function_name'],
    callId: ['tool.call_id'],
    toolInput: ['tool.arguments'],
    toolOutput: ['tool.result'],
    status: ['tool.result_status'],
  },
  usage: {
    ...genai.usage,
    role: () => null,
    // the numbers are those of the provider
    cache: (item) => (/^(anthropic|aws\.bedrock)$/.test(providerOf(item)) ? 'excluded' : 'included'),
    reasoning: (item) => (providerOf(item).startsWith('gcp.') ? 'excluded' : 'included'),
  },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, 'input'],
    output: [...genai.messages!.output, ({ attributes }) => outputMessagesIn(attributes.get('output'))],
  },
}
