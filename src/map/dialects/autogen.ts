import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { firstValue, inBody, type Source, valueAt } from '../table/source.ts'
import { asCount } from '../values/convert.ts'
import { child, firstChild, isList, type Tree } from '../values/tree.ts'
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

/** A message between agents, on the span of the runtime that hands it on. */
const passed = 'message'

/** Returns the question of a team: the message that starts its chat. */
function question(item: Item): Tree | undefined {
  return inputMessagesIn(child(child(child(treeOf(item, passed), 'messages'), 0), 'content'))
}

/** Returns what an agent of a team said; the last one to speak has the answer. */
function said(item: Item): Tree | undefined {
  const message = treeOf(item, passed)
  const response = firstChild(message, ['agent_response', 'response'])
  return outputMessagesIn(child(firstChild(message, ['message']) ?? child(response, 'chat_message'), 'content'))
}

/**
 * AutoGen. Its spans follow the conventions, but model calls have none. Calls are records of a Python logger, with JSON in
 * the body whose `type` names the event (docs/dialects.md §15.5).
 */
export const autogen: Dialect = {
  ...genai,
  name: 'AutoGen',
  about: { seen: 'autogen-core, Python', signals: 'traces and logs', silent: 'the provider' },
  detect: {
    scopes: [
      ...['autogen-core', 'autogen_core.events'],
      ...['autogen SingleThreadedAgentRuntime', 'autogen Worker Runtime'],
    ],
  },
  kinds: [
    { kind: 'task', name: /^autogen process .*GroupChatManager/, has: [passed] },
    { kind: 'plain', name: /^autogen / },
    ...genai.kinds,
  ],
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
    input: [inBody('messages'), { key: passed, read: question }],
    output: [inBody('response', 'choices'), streamed, inBody('response'), { key: passed, read: said }],
  },
  events: {
    LLMCall: { kind: 'llm', message: 'lists', usage: 'call' },
    // the start of a stream has the input, its end only the output
    LLMStreamStart: { kind: 'llm', message: 'lists' },
    LLMStreamEnd: { kind: 'llm', message: 'lists', usage: 'call' },
  },
}
