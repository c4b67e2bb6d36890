import { createHash } from 'node:crypto'
import type { Dialect, Inclusion } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asName, asText } from '../values/convert.ts'
import { jsonText } from '../values/json.ts'
import { child, firstChild, isList, isRecord, sizeOf, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const requests = { key: 'gcp.vertex.agent.llm_request', path: ['contents'] }
const responses = { key: 'gcp.vertex.agent.llm_response', path: ['content'] }

/** A counter of the response as Gemini's API gave it. */
function geminiCounter(name: string): Source {
  return { key: 'gcp.vertex.agent.llm_response', path: ['usageMetadata', name] }
}

/**
 * Hexadecimal digits of the hash of a call. With the number behind it the id has the form that no rule takes for a drawn one
 * (`isTrustedId`): equal calls of two traces are two calls.
 */
const hashLength = 16

/**
 * Replaces the ids of tool calls. ADK numbers them anew in every request (`get_weather_0`), so two calls can have one id,
 * and no tool span has any. The new id is a hash of its name and arguments, and how often that call was made. The
 * arguments themselves are content, which may be withheld or redacted, and ids are neither.
 */
class CallIds {
  readonly #times = new Map<string, number>()
  readonly #ids = new Map<string, string>()

  ofCall(id: string, call: Tree): string {
    const name = asText(child(call, 'name') ?? null) ?? ''
    if (!isNumbered(id, name)) return id
    const input = jsonText(firstChild(call, ['arguments', 'args']) ?? null, 1_000)
    const repeated = createHash('sha256').update(`${name} ${input}`).digest('hex').slice(0, hashLength)
    const times = (this.#times.get(repeated) ?? 0) + 1
    this.#times.set(repeated, times)
    this.#ids.set(id, `${repeated}:${times}`)
    return this.#ids.get(id)!
  }

  ofResult(id: string): string {
    return this.#ids.get(id) ?? id
  }
}

function isNumbered(id: string, name: string): boolean {
  return id.startsWith(`${name}_`) && /^\d+$/.test(id.slice(name.length + 1))
}

function renumbered(messages: Tree | undefined, ids: CallIds): Tree | undefined {
  if (!isList(messages)) return messages
  return messages.map((message) => {
    const parts = child(message, 'parts')
    return isList(parts)
      ? { role: child(message, 'role') ?? null, parts: parts.map((part) => inPart(part, ids)) }
      : message
  })
}

function inPart(part: Tree, ids: CallIds): Tree {
  const id = child(part, 'id')
  const type = child(part, 'type')
  if (typeof id !== 'string' || (type !== 'tool_call' && type !== 'tool_call_response')) return part
  const name = child(part, 'name') ?? null
  return type === 'tool_call'
    ? { type, id: ids.ofCall(id, part), name, arguments: firstChild(part, ['arguments', 'args']) ?? null }
    : { type, id: ids.ofResult(id), name, response: firstChild(part, ['response', 'result']) ?? null }
}

const inputs = 'gen_ai.input.messages'
const outputs = 'gen_ai.output.messages'

function inputMessages(item: Item): Tree | undefined {
  return renumbered(treeOf(item, inputs), new CallIds())
}

/** Joins the messages of a stream, one for each chunk, into one answer. */
function outputMessages(item: Item): Tree | undefined {
  const ids = new CallIds()
  renumbered(treeOf(item, inputs), ids)
  const messages = renumbered(treeOf(item, outputs), ids)
  if (!isList(messages)) return undefined
  const parts = messages.flatMap((message) => partsOf(message))
  const [texts, others] = [parts.filter(isText), parts.filter((part) => !isText(part))]
  const text = { type: 'text', content: texts.map((part) => child(part, 'content')).join('') }
  return [{ role: 'assistant', parts: [text, ...others] }]
}

function partsOf(message: Tree): readonly Tree[] {
  const parts = child(message, 'parts')
  return isList(parts) ? parts : []
}

function isText(part: Tree): boolean {
  return child(part, 'type') === 'text' && typeof child(part, 'content') === 'string'
}

/** Reads an attribute that is `{}` where content isn't recorded, as versions before 2 write it. */
function recorded(key: string): Source {
  return {
    key,
    read: (item) => {
      const tree = treeOf(item, key)
      return isRecord(tree) && sizeOf(tree) === 0 ? undefined : tree
    },
  }
}

/**
 * Gemini counts reasoning beside the output; version 1 of ADK leaves it so, version 2 adds it. ADK's wrapper of LiteLLM
 * adds it although the output includes it; a model then has its provider before its name.
 */
function reasoningOf(item: Item): Inclusion {
  const model = firstValue(item, ['gen_ai.request.model'], asName) ?? ''
  if (/^(?!projects|publishers|models|tunedModels)\w+\//.test(model)) return 'twice'
  return item.attributes.has('gen_ai.usage.experimental.reasoning_tokens') ? 'excluded' : 'inferred'
}

const tools = ['gen_ai.tool.call.result', 'gcp.vertex.agent.tool_response']

/** Google's Agent Development Kit, in all languages and both schemas (docs/dialects.md §8). */
export const adk: Dialect = {
  ...genai,
  name: 'Google ADK',
  about: { seen: 'Python 2.13.0', signals: 'traces and logs', silent: 'texts and arguments, by default' },
  detect: { scopes: ['gcp.vertex.agent', 'gcp.google_adk'], keys: ['gcp.vertex.agent.'] },
  kinds: [
    // a batch of parallel tool calls, which have spans of their own
    { kind: 'plain', name: /^execute_tool \(merged\)/ },
    { kind: 'workflow', name: /^(invocation|invoke_workflow\b)/ },
    { kind: 'agent', name: /^(agent_run|invoke_agent)\b/ },
    // in Python around the span of the model call, in Java the only span of the call
    { kind: 'llm', name: /^call_llm\b/ },
    { kind: 'plain', name: /^(send_data|compact_events|create_cache|handle_context_caching|invoke_node)\b/ },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    conversation: ['gen_ai.conversation.id', 'gcp.vertex.agent.session_id'],
    agent: [...genaiFields.agent!, ({ name }) => /^agent_run \[(.+)\]$/.exec(name)?.[1]],
    // Gemini's own counters, where the span leaves thoughts and cached tokens out
    total: [...genaiFields.total!, geminiCounter('totalTokenCount')],
    cacheRead: [...genaiFields.cacheRead!, geminiCounter('cachedContentTokenCount')],
    reasoning: [...genaiFields.reasoning!, geminiCounter('thoughtsTokenCount')],
    callId: ['gen_ai.tool.call.id', 'gen_ai.tool_call.id'],
    toolInput: ['gen_ai.tool.call.arguments', recorded('gcp.vertex.agent.tool_call_args')],
    toolOutput: ['gen_ai.tool.call.result', recorded('gcp.vertex.agent.tool_response')],
    cacheHit: ['adk.experimental.context_cache.hit'],
    error: [...tools.map((key) => ({ key, path: ['error'] })), 'error.message'],
  },
  usage: {
    ...genai.usage,
    // the span reports one call, although spans of agents that the answer starts are below it
    role: (item, kind) => (item.name.startsWith('call_llm') ? 'call' : genai.usage.role!(item, kind)),
    trust: 20,
    cache: 'included',
    reasoning: reasoningOf,
  },
  endsWell: (_, kind) => kind === 'workflow',
  messages: {
    input: [{ key: inputs, read: inputMessages }, requests],
    output: [{ key: outputs, read: outputMessages }, responses],
  },
}
