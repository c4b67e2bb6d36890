import type { Kind } from '../facts/facts.ts'
import { functionArguments, inputMessagesIn, outputMessagesIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { type Item, oncePerItem, treeOf, treeOrText } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import { frameworkUsage } from '../table/shared-parts.ts'
import { firstValue, type PathSource, valueAt } from '../table/source.ts'
import { asName } from '../values/convert.ts'

const types: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  chat_model: 'llm',
  embedding: 'embedding',
  reranker: 'rerank',
  agent: 'agent',
  tool: 'tool',
  workflow: 'workflow',
  task: 'task',
  chain: 'plain',
  retriever: 'plain',
  parser: 'plain',
  guardrail: 'plain',
  evaluator: 'plain',
  memory: 'plain',
  unknown: 'plain',
}

const metadata = idsInJson('metadata')
const inputs = 'mlflow.spanInputs'
const outputs = 'mlflow.spanOutputs'

const typeOf = oncePerItem((item) => firstValue(item, ['mlflow.spanType'], asName)?.toLowerCase() ?? '')

/** Returns the span name without the number that MLflow appends to repeated names. */
function nameOf({ name }: Item): string {
  return name.replace(/_\d+$/, '')
}

/** Whether a span is an agent of LangChain: all spans below carry the agent's name, and the agent's own span is called so. */
function isLangChainAgent(item: Item): boolean {
  const agent = firstValue(item, [{ key: 'metadata', path: ['lc_agent_name'] }], asName)
  return typeOf(item) === 'chain' && agent !== null && (agent === item.name || agent === nameOf(item))
}

function agentOf(item: Item): string | undefined {
  if (!isLangChainAgent(item) && typeOf(item) !== 'agent') return undefined
  return firstValue(item, ['gen_ai.agent.name'], asName) ?? nameOf(item)
}

function usage(name: string): PathSource {
  return { key: 'mlflow.chat.tokenUsage', path: [name] }
}
function output(...path: readonly string[]): PathSource {
  return { key: outputs, path }
}

/** MLflow's own attributes, each of them JSON text (docs/dialects.md §14). */
export const mlflow: Dialect = {
  name: 'MLflow',
  about: {
    seen: 'its LangChain and OpenAI autologs, Python',
    signals: 'traces',
    silent: 'user and session, which are not on spans',
  },
  detect: { keys: ['mlflow.spanType'] },
  kinds: [
    { kind: 'agent', when: isLangChainAgent },
    { kind: 'workflow', when: (item) => item.isTop && /^(chain|unknown)$/.test(typeOf(item)) },
    { key: 'mlflow.spanType', values: types },
  ],
  fields: {
    ...metadata,
    user: ['mlflow.trace.user', ...metadata.user],
    session: ['mlflow.trace.session', ...metadata.session],
    agent: [agentOf],
    provider: ['mlflow.llm.provider', { key: 'metadata', path: ['ls_provider'] }],
    model: ['mlflow.llm.model', 'model'],
    responseModel: [output('model')],
    responseId: [output('id')],
    prompt: [usage('input_tokens')],
    completion: [usage('output_tokens')],
    total: [usage('total_tokens')],
    cacheRead: [usage('cache_read_input_tokens')],
    cacheWrite: [usage('cache_creation_input_tokens')],
    reasoning: [
      output('usage', 'completion_tokens_details', 'reasoning_tokens'),
      output('usage', 'output_tokens_details', 'reasoning_tokens'),
    ],
    cost: [{ key: 'mlflow.llm.cost', path: ['total_cost'] }],
    tool: [output('name'), (item) => item.name],
    callId: ['tool_call_id', output('tool_call_id')],
    toolInput: [{ key: inputs, read: (item) => functionArguments(treeOf(item, inputs)) ?? valueAt(item, inputs) }],
    toolOutput: [output('content'), { key: outputs, path: [] }],
  },
  usage: { ...frameworkUsage, roles: { llm: 'call', embedding: 'call', rerank: 'call' } },
  messages: {
    input: [{ key: inputs, read: (item) => inputMessagesIn(treeOrText(item, inputs)) }],
    output: [{ key: outputs, read: (item) => outputMessagesIn(treeOrText(item, outputs)) }],
  },
}
