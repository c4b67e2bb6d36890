import type { Dialect } from '../table/dialect.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import { firstValue, type PathSource } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { genai, genaiFields } from './genai.ts'

/** Returns sources in the provider's own usage, which older versions write inside the response. */
export function rawUsage(...path: readonly string[]): readonly PathSource[] {
  return [
    { key: 'gen_ai.usage.raw', path },
    { key: 'usage', path },
    { key: 'response_data', path: ['usage', ...path] },
  ]
}

/**
 * A placeholder that Logfire sends when a span begins, as a child of that span. It copies the attributes of any dialect,
 * so this dialect comes first.
 */
export const logfirePending: Dialect = {
  name: 'Logfire placeholders',
  about: { seen: 'its source', signals: 'traces', silent: 'anything: their spans come as well' },
  detect: { keys: ['logfire.pending_parent_id'] },
  kinds: [{ kind: 'plain', when: (item) => firstValue(item, ['logfire.span_type'], asName) === 'pending_span' }],
  fields: {},
  usage: genai.usage,
}

/** Logfire's instrumentations of the providers' SDKs, and spans that applications create with Logfire (docs/dialects.md §6b). */
export const logfire: Dialect = {
  ...genai,
  name: 'Logfire',
  about: { seen: 'Logfire 5.2.0', signals: 'traces', silent: 'session ids, which it scrubs; agents' },
  detect: { keys: ['logfire.span_type'] },
  fields: {
    ...genaiFields,
    ...idsInJson('metadata'),
    conversation: ['gen_ai.conversation.id'],
    cacheRead: [
      ...genaiFields.cacheRead!,
      ...rawUsage('prompt_tokens_details', 'cached_tokens'),
      ...rawUsage('input_tokens_details', 'cached_tokens'),
      ...rawUsage('cache_read_input_tokens'),
    ],
    cacheWrite: [...genaiFields.cacheWrite!, ...rawUsage('cache_creation_input_tokens')],
    reasoning: [
      ...genaiFields.reasoning!,
      ...rawUsage('completion_tokens_details', 'reasoning_tokens'),
      ...rawUsage('output_tokens_details', 'reasoning_tokens'),
    ],
  },
  usage: {
    ...genai.usage,
    trust: 20,
    trustByScope: [[/^logfire\.(openai$|anthropic|google)/, 30], ...genai.usage.trustByScope!],
  },
  messages: {
    ...genai.messages!,
    input: [...genai.messages!.input, { key: 'request_data', path: ['messages'] }],
    output: [...genai.messages!.output, { key: 'response_data', path: ['message'] }],
  },
}
