import type { Kind } from '../facts/facts.ts'
import { inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { firstValue, type PathSource, valueAt } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'
import { parseJson } from '../values/json.ts'
import { child, isList, isRecord, type Tree } from '../values/tree.ts'
import { genaiFields } from './genai.ts'

// the run types; `gen_ai.operation.name` is derived from them, and wrongly (a retriever's is `embeddings`)
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
 * The agent that a span is. All runs below an agent carry its name; the agent is the one that is called so. In JavaScript
 * LangChain's runs and some streamed calls have no spans, and write over their caller's: what then has another name than
 * its span is all that is left of the agent.
 */
function agentOf(item: Item): string | undefined {
  const agent = firstValue(item, ['langsmith.metadata.lc_agent_name', 'langsmith.metadata.agent'], asName)
  const run = firstValue(item, names, asName)
  const type = runType(item)
  const isWrittenOver = run !== item.name && (type === 'chain' || type === 'llm')
  return agent !== null && (isWrittenOver || (type === 'chain' && run === agent)) ? agent : undefined
}

/** What the model gave back as LangChain keeps it, and its message. */
function generation(...path: readonly string[]): PathSource {
  return { key: 'gen_ai.completion', path: ['generations', 0, 0, ...path] }
}
function message(...path: readonly string[]): PathSource {
  return generation('message', 'kwargs', ...path)
}
function output(...path: readonly string[]): PathSource {
  return { key: 'gen_ai.completion', path }
}

function usageMetadata(...path: readonly string[]): readonly PathSource[] {
  return ['langsmith.metadata.usage_metadata', 'langsmith.usage_metadata'].map((key) => ({ key, path }))
}

/** The same detail of a counter in the places where the exporters of two languages and two wrappers leave it. */
function detail(of: 'input' | 'output', ...path: readonly string[]): readonly PathSource[] {
  return [
    { key: `gen_ai.usage.${of}_token_details`, path },
    ...usageMetadata(`${of}_token_details`, ...path),
    message('usage_metadata', `${of}_token_details`, ...path),
  ]
}

const lifetimes = ['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens', 'ephemeral_1hr_input_tokens']

/** The wrappers of Anthropic's client tell cache writes apart by how long they live. */
function cacheWriteOf(item: Item): number | undefined {
  const details = firstValue(item, detail('input'), (tree) => (isRecord(tree) ? tree : null))
  const sum = lifetimes.reduce((sum, name) => sum + (asCount(child(details ?? undefined, name) ?? null) ?? 0), 0)
  return sum === 0 ? undefined : sum
}

/** LangChain's own id of a run is not the provider's. */
function responseId(item: Item): string | undefined {
  const id = firstValue(item, [message('response_metadata', 'id'), message('id'), output('id')], asName)
  return id === null || /^(lc_)?run-/.test(id) ? undefined : id
}

/**
 * LangChain calls a tool with its arguments as JSON text, in JavaScript below `input`; the AI SDK with its arguments and
 * what stands around the call.
 */
function argumentsOf(item: Item): Tree | undefined {
  const tree = treeOf(item, 'gen_ai.prompt')
  const args = child(tree, 'args')
  if (isList(args) && child(args[1], 'toolCallId') !== undefined) return args[0]
  const given = child(tree, 'input')
  const isAlone = isRecord(tree) && typeof given === 'string' && Object.keys(tree).length === 1
  return (isAlone ? parseJson(given) : undefined) ?? valueAt(item, 'gen_ai.prompt')
}

/** The export of LangSmith, of LangChain's runs and of functions that are traced by hand (reference: dialects §7). */
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
    // not `langsmith.trace.session_id` and `session_name`: a project is called session there
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
    // a streamed call may have nothing but its metadata
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
    roles: {},
    // a chain that gives back a model's message is given that message's counters
    role: (item) => (/^(llm|embedding)$/.test(runType(item) ?? '') ? 'call' : 'last-step'),
    trust: 20,
    cache: 'inferred',
    reasoning: 'inferred',
    zeroCost: 'unknown',
  },
  messages: {
    input: [(item) => inputMessagesIn(item.attributes.get('gen_ai.prompt'))],
    output: [(item) => outputMessagesIn(item.attributes.get('gen_ai.completion'))],
  },
}
