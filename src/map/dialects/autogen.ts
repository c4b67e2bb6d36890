import type { Dialect } from '../dialect.ts'
import { inBody } from '../reading.ts'
import { genai, genaiFields } from './genai.ts'

const usage = (...path: readonly string[]) => inBody('response', 'usage', ...path)

/**
 * AutoGen: its spans are those of the conventions, without any call of a model. Calls are records of a Python logger
 * whose body is JSON and tells by its type what it is (reference: dialects §15.5).
 */
export const autogen: Dialect = {
  ...genai,
  name: 'AutoGen',
  about: { seen: 'autogen-core, Python', signals: 'traces and logs', silent: 'the provider' },
  detect: { scopes: ['autogen-core', 'autogen_core.events'] },
  eventName: [inBody('type')],
  fields: {
    ...genaiFields,
    model: [inBody('response', 'model')],
    responseModel: [inBody('response', 'model')],
    responseId: [inBody('response', 'id')],
    prompt: [inBody('prompt_tokens')],
    completion: [inBody('completion_tokens')],
    cacheRead: [usage('prompt_tokens_details', 'cached_tokens'), usage('cache_read_input_tokens')],
    cacheWrite: [usage('cache_creation_input_tokens')],
    reasoning: [usage('completion_tokens_details', 'reasoning_tokens')],
  },
  messages: {
    input: [inBody('messages')],
    output: [inBody('response', 'choices'), inBody('response')],
  },
  events: {
    LLMCall: { kind: 'llm', message: 'lists', usage: 'call' },
    LLMStreamEnd: { kind: 'llm', message: 'lists', usage: 'call' },
  },
}
