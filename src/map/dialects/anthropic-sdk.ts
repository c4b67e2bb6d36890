import type { Dialect } from '../table/dialect.ts'
import { genai, genaiFields } from './genai.ts'

/** Anthropic's SDKs, which trace themselves, and the spans that its platform adds to their traces (docs/dialects.md §17). */
export const anthropicSdk: Dialect = {
  ...genai,
  name: 'Anthropic SDK',
  about: { seen: 'Python 2.12.0', signals: 'traces', silent: 'how a tool ended that the app runs by itself' },
  detect: { scopes: ['com.anthropic.sdk.', 'com.anthropic.claude-platform'] },
  // counting tokens is no model call
  kinds: [{ kind: 'plain', name: /\.count_tokens$/ }, ...genai.kinds],
  fields: {
    ...genaiFields,
    tool: ['gen_ai.tool.name', ({ name }) => /^anthropic\.(?:custom_)?tool_use (.+)$/.exec(name)?.[1]],
    toolOutput: [...genaiFields.toolOutput!, 'anthropic.tool_result.content'],
  },
  usage: {
    ...genai.usage,
    trust: 40,
    trustByScope: [[/claude-platform/, 35]],
    cache: 'included',
    reasoning: 'included',
  },
  // a call that the application abandons keeps its unset status
  unsetMeans: 'cancelled',
}
