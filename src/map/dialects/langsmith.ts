import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import { isRunId } from '../messages/langchain.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { frameworkUsage } from '../table/shared-parts.ts'
import { firstValue, type PathSource, valueAt } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'
import { parseJson } from '../values/json.ts'
import { child, isList, isRecord, type Tree } from '../values/tree.ts'
import { genaiFields } from './genai.ts'

/** Kinds by run type. `gen_ai.operation.name` is derived from it, but wrongly: a retriever's is `embeddings`. */
const runs: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  embedding: 'embedding',
  tool: 'tool',
  chain: 'plain',
  retriever: 'plain',
  prompt: 'plain',
  parser: 'plain',
}

const metadata = idsWithPrefix('langsmith.metadata.')
const names = ['langsmith.trace.name', (item: Item) => item.name]

function runType(item: Item): string | null {
  return firstValue(item, ['langsmith.span.kind'], asName)
}

/**
 * Returns the agent that a span is; undefined for none. All runs below an agent carry its name, and the agent's own run is
 * called so. In JavaScript LangChain's runs and some streamed calls have no spans of their own and overwrite the
 * attributes of the caller's span: a run with another name than its span is the only trace of the agent.
 */
function agentOf(item: Item): string | undefined {
  const agent = firstValue(item, ['langsmith.metadata.lc_agent_name', 'langsmith.metadata.agent'], asName)
  const run = firstValue(item, names, asName)
  const type = runType(item)
  const isOverwritten = run !== item.name && (type === 'chain' || type === 'llm')
  return agent !== null && (isOverwritten || (type === 'chain' && run === agent)) ? agent : undefined
}

/** Returns a source in the generation that LangChain keeps of a model's output. */
function generation(...path: readonly string[]): PathSource {
  return { key: 'gen_ai.completion', path: ['generations', 0, 0, ...path] }
}
/** Returns a source in the message of that generation. */
function message(...path: readonly string[]): PathSource {
  return generation('message', 'kwargs', ...path)
}
/** Returns a source in the output of any run. */
function output(...path: readonly string[]): PathSource {
  return { key: 'gen_ai.completion', path }
}

function usageMetadata(...path: readonly string[]): readonly PathSource[] {
  return ['langsmith.metadata.usage_metadata', 'langsmith.usage_metadata'].map((key) => ({ key, path }))
}

/** Returns the sources of a counter's detail, which exporters and wrappers of both languages write to different places. */
function detail(of: 'input' | 'output', ...path: readonly string[]): readonly PathSource[] {
  return [
    { key: `gen_ai.usage.${of}_token_details`, path },
    ...usageMetadata(`${of}_token_details`, ...path),
    message('usage_metadata', `${of}_token_details`, ...path),
  ]
}

const lifetimes = ['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens', 'ephemeral_1hr_input_tokens']

/** Sums the cache writes, which the wrappers of Anthropic's client count by the cache's lifetime. */
function cacheWriteOf(item: Item): number | undefined {
  const details = firstValue(item, detail('input'), (tree) => (isRecord(tree) ? tree : null))
  const sum = lifetimes.reduce((sum, name) => sum + (asCount(child(details ?? undefined, name) ?? null) ?? 0), 0)
  return sum === 0 ? undefined : sum
}

/** Returns the provider's response id, not LangChain's id of a run. */
function responseId(item: Item): string | undefined {
  const id = firstValue(item, [message('response_metadata', 'id'), message('id'), output('id')], asName)
  return id === null || isRunId(id) ? undefined : id
}

/**
 * Returns a tool's arguments. LangChain writes them as JSON text, in JavaScript under `input`. The AI SDK writes a list of
 * the arguments and the options of the call.
 */
function argumentsOf(item: Item): Tree | undefined {
  const tree = treeOf(item, 'gen_ai.prompt')
  const args = child(tree, 'args')
  if (isList(args) && child(args[1], 'toolCallId') !== undefined) return args[0]
  const input = child(tree, 'input')
  const isAlone = isRecord(tree) && typeof input === 'string' && Object.keys(tree).length === 1
  return (isAlone ? parseJson(input) : undefined) ?? valueAt(item, 'gen_ai.prompt')
}

/** LangSmith's export of LangChain's runs and of functions that are traced by hand (docs/dialects.md §7). */
export const langsmith: Dialect = {
  name: 'LangSmith',
  about: {
    seen: 'JavaScript and Python, exported to OpenTelemetry',
    signals: 'traces',
    silent: "calls of runs that it doesn't export; agents of a plain OpenAI client",
  },
  detect: { keys: ['langsmith.span.kind'] },
  kinds: [
    { kind: 'agent', when: (item) => agentOf(item) !== undefined },
    { kind: 'workflow', when: (item) => item.isTop && runType(item) === 'chain' },
    { key: 'langsmith.span.kind', values: runs },
  ],
  fields: {
    ...genaiFields,
    // without `langsmith.trace.session_id` and `session_name`, which name a project
    ...metadata,
    workflowName: [],
    agent: [agentOf],
    provider: ['langsmith.metadata.ls_provider', 'gen_ai.system'],
    model: ['gen_ai.request.model', 'langsmith.metadata.ls_model_name'],
    responseModel: [
      'gen_ai.response.model',
      message('response_metadata', 'model_name'),
      message('response_metadata', 'model'),
      generation('generation_info', 'model_name'),
    ],
    responseId: ['gen_ai.response.id', responseId],
    // a streamed call may have counters in its metadata only
    prompt: [...genaiFields.prompt!, ...usageMetadata('input_tokens')],
    completion: [...genaiFields.completion!, ...usageMetadata('output_tokens')],
    cacheRead: [...genaiFields.cacheRead!, ...detail('input', 'cache_read')],
    cacheWrite: [...genaiFields.cacheWrite!, cacheWriteOf, ...detail('input', 'cache_creation')],
    reasoning: [...genaiFields.reasoning!, ...detail('output', 'reasoning')],
    cost: usageMetadata('total_cost'),
    tool: ['gen_ai.tool.name', ...names],
    callId: [
      'gen_ai.tool.call.id',
      { key: 'gen_ai.prompt', path: ['args', 1, 'toolCallId'] },
      output('output', 'tool_call_id'),
      output('tool_call_id'),
    ],
    toolInput: [argumentsOf],
    toolOutput: [
      output('output', 'content'),
      output('content'),
      output('output'),
      output('outputs'),
      'gen_ai.completion',
    ],
  },
  usage: {
    ...frameworkUsage,
    roles: {},
    // a chain whose output is a model's message has the counters of that message
    role: (item) => (/^(llm|embedding)$/.test(runType(item) ?? '') ? 'call' : 'last-step'),
  },
  messages: {
    input: [(item) => inputMessagesIn(item.attributes.get('gen_ai.prompt'))],
    output: [(item) => outputMessagesIn(item.attributes.get('gen_ai.completion'))],
  },
}
