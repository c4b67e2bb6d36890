import type { Dialect, Inclusion } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { firstValue, type Source } from '../table/source.ts'
import { asName, asText } from '../values/convert.ts'
import { jsonText } from '../values/json.ts'
import { child, firstChild, isList, isRecord, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const requests = { key: 'gcp.vertex.agent.llm_request', path: ['contents'] }
const responses = { key: 'gcp.vertex.agent.llm_response', path: ['content'] }

/**
 * Ids of calls are numbered anew in every request (`get_weather_0`), so that two calls have one, and no span knows any:
 * a call is known by its name and arguments instead, and by how often it was made before.
 */
class Calls {
  readonly #times = new Map<string, number>()
  readonly #ids = new Map<string, string>()

  asked(id: string, call: Tree): string {
    const name = asText(child(call, 'name') ?? null) ?? ''
    if (!isNumbered(id, name)) return id
    const what = `${name} ${jsonText(firstChild(call, ['arguments', 'args']) ?? null, 1_000)}`
    const times = (this.#times.get(what) ?? 0) + 1
    this.#times.set(what, times)
    this.#ids.set(id, `${what} ${times}`)
    return this.#ids.get(id)!
  }

  answered(id: string): string {
    return this.#ids.get(id) ?? id
  }
}

function isNumbered(id: string, name: string): boolean {
  return id.startsWith(`${name}_`) && /^\d+$/.test(id.slice(name.length + 1))
}

function renumbered(messages: Tree | undefined, calls: Calls): Tree | undefined {
  if (!isList(messages)) return messages
  return messages.map((message) => {
    const parts = child(message, 'parts')
    return isList(parts)
      ? { role: child(message, 'role') ?? null, parts: parts.map((part) => inPart(part, calls)) }
      : message
  })
}

function inPart(part: Tree, calls: Calls): Tree {
  const id = child(part, 'id')
  const type = child(part, 'type')
  if (typeof id !== 'string' || (type !== 'tool_call' && type !== 'tool_call_response')) return part
  const name = child(part, 'name') ?? null
  return type === 'tool_call'
    ? { type, id: calls.asked(id, part), name, arguments: firstChild(part, ['arguments', 'args']) ?? null }
    : { type, id: calls.answered(id), name, response: firstChild(part, ['response', 'result']) ?? null }
}

const inputs = 'gen_ai.input.messages'
const outputs = 'gen_ai.output.messages'

function inputMessages(item: Item): Tree | undefined {
  return renumbered(treeOf(item, inputs), new Calls())
}

/** A stream leaves a message for each of its pieces: the answer is all of them. */
function outputMessages(item: Item): Tree | undefined {
  const calls = new Calls()
  renumbered(treeOf(item, inputs), calls)
  const messages = renumbered(treeOf(item, outputs), calls)
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

/** Before version 2 a text of nothing stood for what was not to be recorded. */
function recorded(key: string): Source {
  return {
    key,
    read: (item) => {
      const tree = treeOf(item, key)
      const isEmpty = isRecord(tree) && (tree instanceof Map ? tree.size : Object.keys(tree).length) === 0
      return isEmpty ? undefined : tree
    },
  }
}

/**
 * Gemini's thoughts stand beside its output; version 1 left it so, version 2 adds them. Its wrapper of LiteLLM adds
 * them although they were in; models have the provider before their name then.
 */
function reasoningOf(item: Item): Inclusion {
  const model = firstValue(item, ['gen_ai.request.model'], asName) ?? ''
  if (/^(?!projects|publishers|models|tunedModels)\w+\//.test(model)) return 'twice'
  return item.attributes.has('gen_ai.usage.experimental.reasoning_tokens') ? 'excluded' : 'inferred'
}

const tools = ['gen_ai.tool.call.result', 'gcp.vertex.agent.tool_response']

/** Google's Agent Development Kit, in all languages and both schemas (reference: dialects §8). */
export const adk: Dialect = {
  ...genai,
  name: 'Google ADK',
  about: { seen: 'Python 2.13.0', signals: 'traces and logs', silent: 'texts and arguments, by default' },
  detect: { scopes: ['gcp.vertex.agent', 'gcp.google_adk'], keys: ['gcp.vertex.agent.'] },
  kinds: [
    // a batch of parallel calls, each of which has a span of its own
    { kind: 'plain', name: /^execute_tool \(merged\)/ },
    { kind: 'workflow', name: /^(invocation|invoke_workflow\b)/ },
    { kind: 'agent', name: /^(agent_run|invoke_agent)\b/ },
    // around the model's own call in Python, the only report of it in Java
    { kind: 'llm', name: /^call_llm\b/ },
    { kind: 'plain', name: /^(send_data|compact_events|create_cache|handle_context_caching|invoke_node)\b/ },
    ...genai.kinds,
  ],
  fields: {
    ...genaiFields,
    conversation: ['gen_ai.conversation.id', 'gcp.vertex.agent.session_id'],
    agent: [...genaiFields.agent!, ({ name }) => /^agent_run \[(.+)\]$/.exec(name)?.[1]],
    callId: ['gen_ai.tool.call.id', 'gen_ai.tool_call.id'],
    toolInput: ['gen_ai.tool.call.arguments', recorded('gcp.vertex.agent.tool_call_args')],
    toolOutput: ['gen_ai.tool.call.result', recorded('gcp.vertex.agent.tool_response')],
    cacheHit: ['adk.experimental.context_cache.hit'],
    error: [...tools.map((key) => ({ key, path: ['error'] })), 'error.message'],
  },
  usage: { ...genai.usage, trust: 20, cache: 'included', reasoning: reasoningOf },
  endsWell: (_, kind) => kind === 'workflow',
  messages: {
    input: [{ key: inputs, read: inputMessages }, requests],
    output: [{ key: outputs, read: outputMessages }, responses],
  },
}
