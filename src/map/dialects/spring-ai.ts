import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { genai, genaiFields } from './genai.ts'

/** Whether the provider is Anthropic, whose counters Spring AI passes on unchanged. */
function isAnthropic(item: Item): boolean {
  return firstValue(item, ['gen_ai.system', 'gen_ai.provider.name'], asName) === 'anthropic'
}

/** Spring AI, through Micrometer: every value is text, and `none` is no value (docs/dialects.md §19.1). */
export const springAi: Dialect = {
  ...genai,
  name: 'Spring AI',
  about: { seen: 'Spring Boot 4.1.2', signals: 'traces', silent: 'agents, reasoning tokens; texts, by default' },
  // all spans of a Spring Boot application have its scope
  detect: {
    keys: ['spring.ai.'],
    scopes: ['org.springframework.boot'],
    with: ['gen_ai.system', 'spring.ai.kind'],
  },
  kinds: [
    {
      key: 'spring.ai.kind',
      values: { tool_call: 'tool', chat_client: 'plain', advisor: 'plain', vector_store: 'plain' },
    },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    conversation: ['spring.ai.chat.client.conversation.id', 'gen_ai.conversation.id'],
    tool: ['spring.ai.tool.definition.name', ...genaiFields.tool!],
    callId: ['spring.ai.tool.call.id', ...genaiFields.callId!],
    toolInput: ['spring.ai.tool.call.arguments', ...genaiFields.toolInput!],
    toolOutput: ['spring.ai.tool.call.result', ...genaiFields.toolOutput!],
  },
  usage: { ...genai.usage, trust: 20, cache: (item) => (isAnthropic(item) ? 'excluded' : 'inferred') },
}
