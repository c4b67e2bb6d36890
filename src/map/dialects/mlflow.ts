import type { Kind } from '../facts/facts.ts'
import { calledWith } from '../messages/function-arguments.ts'
import { answeredIn, askedIn } from '../messages/function-io.ts'
import type { Dialect } from '../table/dialect.ts'
import { idsInside } from '../table/metadata-ids.ts'
import { asName, first, type Inside, once, type Reading, treeOf, treeOrText, valueAt } from '../table/reading.ts'

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

const metadata = idsInside('metadata')
const inputs = 'mlflow.spanInputs'
const outputs = 'mlflow.spanOutputs'

const typeOf = once((reading) => first(reading, ['mlflow.spanType'], asName)?.toLowerCase() ?? '')

/** Spans of one name get numbers behind it. */
function nameOf({ name }: Reading): string {
  return name.replace(/_\d+$/, '')
}

/** All runs of LangChain below an agent carry its name; the agent is the one that is called so. */
function isLangChainAgent(reading: Reading): boolean {
  const agent = first(reading, [{ key: 'metadata', path: ['lc_agent_name'] }], asName)
  return typeOf(reading) === 'chain' && agent !== null && (agent === reading.name || agent === nameOf(reading))
}

function agentOf(reading: Reading): string | undefined {
  return isLangChainAgent(reading) || typeOf(reading) === 'agent' ? nameOf(reading) : undefined
}

function usage(name: string): Inside {
  return { key: 'mlflow.chat.tokenUsage', path: [name] }
}
function output(...path: readonly string[]): Inside {
  return { key: outputs, path }
}

/** MLflow's own attributes, each of them JSON text (reference: dialects §14). */
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
    { kind: 'workflow', when: (reading) => reading.top && /^(chain|unknown)$/.test(typeOf(reading)) },
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
    tool: [output('name'), (reading) => reading.name],
    callId: ['tool_call_id', output('tool_call_id')],
    toolInput: [{ key: inputs, read: (reading) => calledWith(treeOf(reading, inputs)) ?? valueAt(reading, inputs) }],
    toolOutput: [output('content'), { key: outputs, path: [] }],
  },
  usage: {
    roles: { llm: 'call', embedding: 'call', rerank: 'call' },
    trust: 20,
    cache: 'asked',
    reasoning: 'asked',
    zeroCost: 'unknown',
  },
  messages: {
    input: [{ key: inputs, read: (reading) => askedIn(treeOrText(reading, inputs)) }],
    output: [{ key: outputs, read: (reading) => answeredIn(treeOrText(reading, outputs)) }],
  },
}
