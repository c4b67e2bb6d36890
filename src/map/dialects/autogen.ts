import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue, inBody, type Source, valueAt } from '../table/source.ts'
import { asCount } from '../values/convert.ts'
import { child, isList, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const usage = (...path: readonly string[]) => inBody('response', 'usage', ...path)
const counters = [inBody('prompt_tokens'), inBody('completion_tokens')] as const

/** Reads a counter unless both counters are 0: AutoGen writes 0 where the provider states none, as at a stream's end. */
function counted(counter: Source): Source {
  return (item) => (counters.some((one) => firstValue(item, [one], asCount)) ? valueAt(item, counter) : undefined)
}

/** Returns the tool calls that AutoGen collected from a stream as a message: nothing marks them as tool calls. */
function streamed(item: Item): Tree | undefined {
  const calls = valueAt(item, inBody('response', 'content'))
  const isCall = (one: Tree) => child(one, 'arguments') !== undefined
  return isList(calls) && calls.every(isCall) ? [{ role: 'assistant', tool_calls: calls as Tree[] }] : undefined
}

/**
 * AutoGen. Its spans follow the conventions, but model calls have none. Calls are records of a Python logger, with JSON in
 * the body whose `type` names the event (docs/dialects.md §15.5).
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
    // Anthropic's counters are passed on unchanged
    cache: (item) => (valueAt(item, usage('input_tokens')) === undefined ? 'inferred' : 'excluded'),
  },
  messages: {
    input: [inBody('messages')],
    output: [inBody('response', 'choices'), streamed, inBody('response')],
  },
  events: {
    LLMCall: { kind: 'llm', message: 'lists', usage: 'call' },
    // the start of a stream has the input, its end only the output
    LLMStreamStart: { kind: 'llm', message: 'lists' },
    LLMStreamEnd: { kind: 'llm', message: 'lists', usage: 'call' },
  },
}
