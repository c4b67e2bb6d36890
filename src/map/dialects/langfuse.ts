import type { Kind } from '../facts/facts.ts'
import { functionArguments, inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect, Fields } from '../table/dialect.ts'
import { type Item, treeOf } from '../table/item.ts'
import { idsWithPrefix } from '../table/metadata-ids.ts'
import { frameworkUsage } from '../table/shared-parts.ts'
import { firstValue, type PathSource, type Source, valueAt } from '../table/source.ts'
import { asCount, asName } from '../values/convert.ts'
import { child, entriesOf, isList, isRecord, type Tree } from '../values/tree.ts'

const types: Readonly<Record<string, Kind>> = {
  generation: 'llm',
  embedding: 'embedding',
  agent: 'agent',
  tool: 'tool',
  span: 'plain',
  chain: 'plain',
  event: 'plain',
  retriever: 'plain',
  evaluator: 'plain',
  guardrail: 'plain',
}

const ofTrace = idsWithPrefix('langfuse.trace.metadata.')
const ofObservation = idsWithPrefix('langfuse.observation.metadata.')

function output(...path: readonly string[]): PathSource {
  return { key: 'langfuse.observation.output', path }
}

function usage(...path: readonly string[]): PathSource {
  return { key: 'langfuse.observation.usage_details', path }
}

function isStep(item: Item): boolean {
  return /^(span|chain)$/.test(firstValue(item, ['langfuse.observation.type'], asName) ?? '')
}

/** Attributes that mark a model call of type `span`, as versions up to 3.3 write generations. */
const callMarks = ['langfuse.observation.model.name', 'langfuse.observation.usage_details']

function agentOf(item: Item): string | undefined {
  const isAgent = isLangChainAgent(item) || item.attributes.get('langfuse.observation.type') === 'agent'
  return isAgent ? (firstValue(item, ['gen_ai.agent.name'], asName) ?? item.name) : undefined
}

/** Whether a span is an agent of LangChain: all steps carry the agent's name, and the agent's own span is called so. */
function isLangChainAgent(item: Item): boolean {
  if (item.name === '' || !isStep(item)) return false
  return firstValue(item, [langChain('lc_agent_name')], asName) === item.name || isSubAgent(item)
}

/**
 * Whether a span is an agent that another agent's tool started, in JavaScript. It carries the name and the graph node of
 * the outer agent; its own span isn't called like the node, and its output has all messages.
 */
function isSubAgent(item: Item): boolean {
  if (firstValue(item, [langChain('ls_integration')], asName) !== 'langchain_create_agent') return false
  const node = firstValue(item, [langChain('langgraph_node')], asName)
  return node !== null && node !== item.name && isList(child(treeOf(item, 'langfuse.observation.output'), 'messages'))
}

function langChain(name: string): string {
  return `langfuse.observation.metadata.${name}`
}

function isRun(item: Item): boolean {
  return isStep(item) && (item.isTop || item.attributes.get('langfuse.internal.is_app_root') === true)
}

/**
 * Sums Langfuse's buckets, which are disjoint: uncached input and cached input, visible output and reasoning. If the total
 * shows that `input` and `output` include the others, they are used alone. Counters under a provider's names aren't summed.
 */
function sumOf(side: RegExp, whole: string): Source {
  return (item) => {
    const details = treeOf(item, 'langfuse.observation.usage_details')
    if (!isRecord(details) || isOfProvider(details)) return undefined
    const [input, out] = [asCountOr0(child(details, 'input')), asCountOr0(child(details, 'output'))]
    const total = child(details, 'total')
    if (total === input + out) return child(details, whole)
    const sum = sumBelow(details, side)
    // buckets that overlap come to more than the total: the input holds some of the cached
    const rest = asCountOr0(total) - out
    return whole === 'input' && sum !== undefined && rest >= input && rest < sum ? rest : sum
  }
}

/** Whether the counters have the names of a provider, not Langfuse's. */
function isOfProvider(details: Tree): boolean {
  return child(details, 'input') === undefined && child(details, 'output') === undefined
}

function sumBelow(details: Parameters<typeof entriesOf>[0], side: RegExp): number | undefined {
  const counts = entriesOf(details)
    .filter(([key]) => side.test(key))
    .map(([, value]) => asCountOr0(value))
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0)
}

function asCountOr0(value: Tree | undefined): number {
  return value === undefined || value === null ? 0 : (asCount(value) ?? 0)
}

function inputMessages(item: Item): Tree | undefined {
  const traceInput = isStep(item) ? item.attributes.get('langfuse.trace.input') : undefined
  return inputMessagesIn(traceInput) ?? inputMessagesIn(item.attributes.get('langfuse.observation.input'))
}

function outputMessages(item: Item): Tree | undefined {
  const traceOutput = isStep(item) ? item.attributes.get('langfuse.trace.output') : undefined
  return outputMessagesIn(traceOutput) ?? outputMessagesIn(item.attributes.get('langfuse.observation.output'))
}

/** Returns the provider of a span that wraps a call of OpenAI's SDK: `OpenAI-generation`, `OpenAI.chat`. */
function wrappedProvider({ name }: Item): string | undefined {
  return /^OpenAI[.-]/.test(name) ? 'openai' : undefined
}

/** Returns the message of an error; warnings have a message as well. */
function errorMessage(item: Item): Tree | undefined {
  const level = item.attributes.get('langfuse.observation.level')
  return level === 'ERROR' ? item.attributes.get('langfuse.observation.status_message') : undefined
}

function spanName({ name }: Item): string {
  return name
}

const ids: Fields = {
  workflowId: [...ofTrace.workflowId, ...ofObservation.workflowId],
  user: [
    'user.id',
    'langfuse.user.id',
    'langfuse.trace.metadata.langfuse_user_id',
    ...ofTrace.user,
    ...ofObservation.user,
  ],
  session: [
    'session.id',
    'langfuse.session.id',
    'langfuse.trace.metadata.langfuse_session_id',
    ...ofTrace.session,
    ...ofObservation.session,
  ],
  conversation: [...ofTrace.conversation, ...ofObservation.conversation],
  tenant: [...ofTrace.tenant, ...ofObservation.tenant],
}

/** The SDKs of Langfuse, versions 3 to 5 (docs/dialects.md §5). */
export const langfuse: Dialect = {
  name: 'Langfuse',
  about: { seen: 'JavaScript 5.11.1, Python 5.0.4', signals: 'traces', silent: 'tokens of a stream that carries none' },
  detect: { keys: ['langfuse.observation.'] },
  kinds: [
    { kind: 'agent', when: isLangChainAgent },
    { kind: 'llm', has: callMarks, when: isStep },
    { kind: 'workflow', when: isRun },
    { key: 'langfuse.observation.type', values: types },
  ],
  fields: {
    ...ids,
    workflowName: ['langfuse.trace.name'],
    agent: [agentOf],
    provider: ['langfuse.observation.metadata.ls_provider', wrappedProvider],
    model: ['langfuse.observation.model.name', 'langfuse.observation.metadata.ls_model_name'],
    prompt: [sumOf(/^(input|cache)/, 'input'), usage('prompt_tokens'), usage('input_tokens')],
    completion: [sumOf(/^output/, 'output'), usage('completion_tokens'), usage('output_tokens')],
    total: [usage('total'), usage('total_tokens')],
    cacheRead: [
      usage('input_cached_tokens'),
      usage('input_cache_read'),
      usage('cache_read_input_tokens'),
      usage('prompt_tokens_details', 'cached_tokens'),
      usage('input_tokens_details', 'cached_tokens'),
    ],
    cacheWrite: [
      usage('input_cache_creation'),
      usage('input_cache_write'),
      usage('cache_creation_input_tokens'),
      usage('input_tokens_details', 'cache_write_tokens'),
    ],
    reasoning: [
      usage('output_reasoning_tokens'),
      usage('output_reasoning'),
      usage('completion_tokens_details', 'reasoning_tokens'),
      usage('output_tokens_details', 'reasoning_tokens'),
    ],
    cost: [{ key: 'langfuse.observation.cost_details', path: ['total'] }],
    tool: [spanName],
    callId: [output('kwargs', 'tool_call_id'), output('tool_call_id'), 'langfuse.observation.metadata.tool_call_id'],
    toolInput: [
      (item) =>
        functionArguments(treeOf(item, 'langfuse.observation.input')) ?? valueAt(item, 'langfuse.observation.input'),
    ],
    toolOutput: [output('kwargs', 'content'), output('content'), 'langfuse.observation.output'],
    status: ['langfuse.observation.level'],
    error: [errorMessage],
  },
  usage: frameworkUsage,
  messages: { input: [inputMessages], output: [outputMessages] },
}
