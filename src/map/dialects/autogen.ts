import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue, inBody, type Source, valueAt } from '../table/source.ts'
import { asCount } from '../values/convert.ts'
import { child, isList, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const usage = (...path: readonly string[]) => inBody('response', 'usage', ...path)
const counters = [inBody('prompt_tokens'), inBody('completion_tokens')] as const

/** Both are 0 where the provider stated neither, as at the end of a stream. */
function counted(counter: Source): Source {
  return (item) => (counters.some((one) => firstValue(item, [one], asCount)) ? valueAt(item, counter) : undefined)
}

/** What AutoGen makes of a stream: a text, or calls of tools, which nothing marks as such. */
function streamed(item: Item): Tree | undefined {
  const calls = valueAt(item, inBody('response', 'content'))
  const isCall = (one: Tree) => child(one, 'arguments') !== undefined
  return isList(calls) && calls.every(isCall) ? [{ role: 'assistant', tool_calls: calls as Tree[] }] : undefined
}

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
    prompt: [counted(counters[0])],
    completion: [counted(counters[1])],
    cacheRead: [usage('prompt_tokens_details', 'cached_tokens'), usage('cache_read_input_tokens')],
    cacheWrite: [usage('cache_creation_input_tokens')],
    reasoning: [usage('completion_tokens_details', 'reasoning_tokens')],
  },
  usage: {
    ...genai.usage,
    // Anthropic's own counters are passed on as they are
    cache: (item) => (valueAt(item, usage('input_tokens')) === undefined ? 'inferred' : 'excluded'),
  },
  messages: {
    input: [inBody('messages')],
    output: [inBody('response', 'choices'), streamed, inBody('response')],
  },
  events: {
    LLMCall: { kind: 'llm', message: 'lists', usage: 'call' },
    // what the model was given; the end of the stream tells no more than what came back
    LLMStreamStart: { kind: 'llm', message: 'lists' },
    LLMStreamEnd: { kind: 'llm', message: 'lists', usage: 'call' },
  },
}
