import type { AnyValue } from '../../decode/span.ts'
import type { Kind } from '../facts/facts.ts'
import type { Dialect } from '../table/dialect.ts'
import type { Item } from '../table/item.ts'
import { firstValue } from '../table/source.ts'
import { asName } from '../values/convert.ts'

/** Returns each key with underscores and with dots: applications write both. */
function spelled(...keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => (key.includes('_') ? [key, key.replaceAll('_', '.')] : [key]))
}

/** Returns the keys of the id of a provider's project or workspace; without the provider it may be anything's. */
function ofAccount(provider: string, unit: string): readonly string[] {
  return [`${provider}.${unit}_id`, `${provider}.${unit}.id`]
}

/** Scopes in which `workflow.id` identifies the definition of a workflow, not a run: it is ignored there. */
const definitionScopes = /^(agent_framework|(Experimental\.)?Microsoft\.Agents\.AI)/

function workflowIdOf({ scope, attributes }: Item): AnyValue | undefined {
  return definitionScopes.test(scope) ? undefined : attributes.get('workflow.id')
}

const steps: Readonly<Record<string, Kind>> = {
  llm: 'llm',
  tool: 'tool',
  agent: 'agent',
  workflow: 'workflow',
  task: 'task',
  embedding: 'embedding',
  rerank: 'rerank',
}

const counters = [...spelled('prompt_tokens', 'completion_tokens', 'total_tokens')]
const models = [...spelled('response_model'), 'model']
const runTexts = [...spelled('final_answer', 'workflow_name'), 'query', 'result']

/**
 * Attributes without a vendor, as applications write them by hand. This dialect comes last: its ids are read for items of
 * all dialects, its kinds only where no other dialect knows the kind.
 */
export const plain: Dialect = {
  name: 'plain attributes',
  about: { seen: 'OpenTelemetry SDKs of JavaScript 1.30 to 3, by hand', signals: 'traces and logs', silent: '' },
  detect: {},
  kinds: [
    { key: 'step.type', values: steps },
    { key: 'step_type', values: steps },
    { kind: 'workflow', has: ['query', ...spelled('final_answer')], when: isRun },
    { kind: 'tool', has: spelled('tool_name') },
    { kind: 'embedding', name: /embed/i, has: counters },
    { kind: 'llm', has: counters },
    { kind: 'llm', has: models, when: hasModel },
    { kind: 'agent', has: spelled('agent_name') },
    {
      kind: 'workflow',
      has: runTexts,
      when: (item) => isCaller(item) && (item.isTop || item.workflowId !== null),
    },
    // below another span, an id alone names the run but is no run: it may be stamped on every span
    { kind: 'workflow', when: (item) => item.workflowId !== null && item.isTop && isCaller(item) },
  ],
  fields: {
    workflowId: ['workflow_id', { key: 'workflow.id', read: workflowIdOf }],
    workflowName: spelled('workflow_name'),
    user: spelled('user_id', 'enduser_id'),
    session: spelled('session_id'),
    // a conversation is the session only where no attribute names a session
    conversation: spelled('conversation_id'),
    tenant: spelled('tenant_id'),
    agent: spelled('agent_name', 'agent_id'),
    query: ['query'],
    result: [...spelled('final_answer'), 'result'],
    mode: ['mode'],
    complexity: spelled('complexity_score'),
    provider: ['provider'],
    model: ['model'],
    responseModel: spelled('response_model'),
    responseId: spelled('response_id'),
    prompt: spelled('prompt_tokens'),
    completion: spelled('completion_tokens'),
    total: spelled('total_tokens'),
    cacheRead: spelled('cached_tokens', 'cache_read_tokens'),
    cacheWrite: spelled('cache_creation_tokens', 'cache_write_tokens'),
    reasoning: spelled('reasoning_tokens'),
    apiKey: [...spelled('api_key_id'), 'api_key.id'],
    project: [
      ...ofAccount('openai', 'project'),
      ...ofAccount('anthropic', 'workspace'),
      ...ofAccount('gcp', 'project'),
    ],
    cost: spelled('cost_usd'),
    cacheHit: spelled('cache_hit'),
    tool: spelled('tool_name'),
    callId: spelled('tool_call_id'),
    toolInput: spelled('tool_args', 'tool_input'),
    toolOutput: spelled('tool_result', 'tool_output'),
    success: ['success'],
    status: ['status'],
    error: [...spelled('error_message'), 'error'],
  },
  usage: {
    roles: { llm: 'call', embedding: 'call', rerank: 'call' },
    trust: 20,
    cache: 'inferred',
    reasoning: 'inferred',
    zeroCost: 'stated',
  },
}

/** Whether a span is a run: it is at the top and names its workflow. Its counters, if any, are those of the run. */
function isRun(item: Item): boolean {
  return item.isTop && item.workflowId !== null && isCaller(item)
}

/** Whether a span is no request to another service, whose `query` may be that of a database. */
function isCaller(item: Item): boolean {
  return item.spanKind !== 3 && item.spanKind !== 4
}

/** Whether `model` is a language model, whose name has a version, and not a model of a database (`User`) or a shop. */
function hasModel(item: Item): boolean {
  if (firstValue(item, ['provider', 'response_model', 'response.model'], asName) !== null) return true
  return /[\d-]/.test(firstValue(item, ['model'], asName) ?? '')
}
