import { child, type Tree } from '../facts/json.ts'
import type { Dialect, Inclusion } from '../table/dialect.ts'
import { idsInside } from '../table/metadata-ids.ts'
import { asName, first, type Inside, once, type Reading, type Source, treeOrText, valueAt } from '../table/reading.ts'
import { genai, genaiFields } from './genai.ts'

const scope = 'litellm'
const rawKey = /^llm\.([^.]+)\.(usage|messages|model|id)$/

/** The provider in whose name the raw fields of a request are: `llm.openai.usage`. */
const rawProvider = once(({ name, attributes }: Reading): string | undefined => {
  if (name !== 'raw_gen_ai_request') return undefined
  for (const key of attributes.keys()) {
    const provider = rawKey.exec(key)?.[1]
    if (provider !== undefined) return provider
  }
  return undefined
})

/** A field of the provider's own request or response; structures are as Python shows them. */
function raw(name: string, ...path: readonly (string | number)[]): Source {
  return (reading) => {
    const provider = rawProvider(reading)
    if (provider === undefined) return undefined
    const key = `llm.${provider}.${name}`
    let at: Tree | undefined = treeOrText(reading, key)
    for (const step of path) at = child(at, step)
    return at
  }
}

function usageObject(...path: readonly string[]): Inside {
  return { key: 'metadata.usage_object', path }
}

/** A call that failed has LiteLLM's own id in place of the provider's. */
function responseId(reading: Reading): string | undefined {
  const id = first(reading, ['gen_ai.response.id'], asName)
  return id === null || id === reading.attributes.get('litellm.call_id') ? undefined : id
}

/** A proxy gives back the name that it shows to its callers; the model that is paid for is the one it asked. */
function responseModel({ attributes }: Reading): Tree | undefined {
  const model = attributes.get('gen_ai.response.model')
  return model === attributes.get('litellm.model_group') ? undefined : model
}

/**
 * Calls are written over the span at work, one over the other, unless there is none. The scope may be called otherwise
 * by an operator.
 */
function isCallers(reading: Reading): boolean {
  return reading.scope !== scope && !/^(litellm_request|raw_gen_ai_request)$/.test(reading.name)
}

function isCall({ attributes }: Reading): boolean {
  return attributes.has('litellm.call_id') || attributes.has('gen_ai.request.model')
}

function cacheOf(reading: Reading): Inclusion {
  return /^(anthropic|bedrock)/.test(rawProvider(reading) ?? '') ? 'excluded' : 'asked'
}

function said(reading: Reading): Tree | undefined {
  if (isCallers(reading)) return undefined
  const content = valueAt(reading, raw('content'))
  return valueAt(reading, raw('choices')) ?? (content === undefined ? undefined : [{ role: 'assistant', content }])
}

const requester = idsInside('metadata.requester_metadata')

/**
 * LiteLLM's callback, in its SDK and its proxy. A call may come three times: over the caller's span, as a request of its
 * own, and as the raw request below either, which alone has the provider's numbers (reference: dialects §13).
 */
export const litellm: Dialect = {
  ...genai,
  name: 'LiteLLM',
  about: { seen: 'SDK and proxy', signals: 'traces', silent: 'agents; how a tool ended' },
  detect: { scopes: [scope], keys: ['litellm.call_id', 'hidden_params'] },
  kinds: [
    { kind: 'llm', name: /^raw_gen_ai_request$/ },
    { kind: 'workflow', when: (reading) => isCallers(reading) && (reading.top || reading.workflowId !== null) },
    { kind: 'agent', has: ['gen_ai.agent.name', 'agent_name', 'agent.name'], when: isCallers },
    { kind: 'plain', name: /^guardrail/ },
    { key: 'gen_ai.operation.name', values: { aembedding: 'embedding', arerank: 'rerank' } },
    ...genai.kinds,
    { kind: 'llm', when: isCall },
    { kind: 'plain', when: (reading) => !isCallers(reading) },
  ],
  fields: {
    ...genaiFields,
    ...requester,
    user: [
      'user.id',
      ...requester.user,
      'metadata.user_api_key_end_user_id',
      'llm.user',
      (reading) => {
        const id = reading.attributes.get('metadata.user_api_key_user_id')
        return id === 'default_user_id' ? undefined : id
      },
    ],
    conversation: ['gen_ai.conversation.id', ...requester.conversation],
    tenant: ['metadata.user_api_key_team_id', 'metadata.user_api_key_org_id'],
    provider: [rawProvider, 'gen_ai.system', 'gen_ai.provider.name'],
    responseModel: [raw('model'), responseModel],
    responseId: [raw('id'), responseId],
    prompt: [raw('usage', 'prompt_tokens'), raw('usage', 'input_tokens'), ...genaiFields.prompt!],
    completion: [raw('usage', 'completion_tokens'), raw('usage', 'output_tokens'), ...genaiFields.completion!],
    total: [raw('usage', 'total_tokens'), ...genaiFields.total!],
    cacheRead: [
      raw('usage', 'prompt_tokens_details', 'cached_tokens'),
      raw('usage', 'input_tokens_details', 'cached_tokens'),
      raw('usage', 'cache_read_input_tokens'),
      'gen_ai.usage.cache_read.input_tokens',
      usageObject('prompt_tokens_details', 'cached_tokens'),
      usageObject('cache_read_input_tokens'),
    ],
    cacheWrite: [
      raw('usage', 'cache_creation_input_tokens'),
      'gen_ai.usage.cache_creation.input_tokens',
      usageObject('cache_creation_input_tokens'),
    ],
    reasoning: [
      raw('usage', 'completion_tokens_details', 'reasoning_tokens'),
      raw('usage', 'output_tokens_details', 'reasoning_tokens'),
      ...genaiFields.reasoning!,
      usageObject('completion_tokens_details', 'reasoning_tokens'),
    ],
    cost: ['gen_ai.cost.total_cost', 'litellm.cost.total', { key: 'hidden_params', path: ['response_cost'] }],
  },
  usage: {
    ...genai.usage,
    role: (reading) => (isCallers(reading) ? 'last-step' : null),
    trust: 10,
    trustByScope: [],
    cache: cacheOf,
  },
  messages: {
    input: [raw('messages'), raw('input'), 'gen_ai.input.messages'],
    output: [said, (reading) => (isCallers(reading) ? undefined : reading.attributes.get('gen_ai.output.messages'))],
  },
}
