import type { Dialect, Inclusion } from '../table/dialect.ts'
import { type Item, oncePerItem, treeOf, treeOrText } from '../table/item.ts'
import { idsInJson } from '../table/metadata-ids.ts'
import { firstValue, type PathSource, type Source, valueAt } from '../table/source.ts'
import { asName } from '../values/convert.ts'
import { child, type Tree } from '../values/tree.ts'
import { genai, genaiFields } from './genai.ts'

const scope = 'litellm'
const rawKey = /^llm\.([^.]+)\.(usage|messages|model|id)$/

/** Returns the provider in the keys of a raw request: `openai` in `llm.openai.usage`. */
const rawProvider = oncePerItem(({ name, attributes }: Item): string | undefined => {
  if (name !== 'raw_gen_ai_request') return undefined
  for (const key of attributes.keys()) {
    const provider = rawKey.exec(key)?.[1]
    if (provider !== undefined) return provider
  }
  return undefined
})

/** Returns a source in the provider's own request or response, whose structures are written as Python's `repr`. */
function raw(name: string, ...path: readonly (string | number)[]): Source {
  return (item) => {
    const provider = rawProvider(item)
    if (provider === undefined) return undefined
    const key = `llm.${provider}.${name}`
    let at: Tree | undefined = treeOrText(item, key)
    for (const step of path) at = child(at, step)
    return at
  }
}

function usageObject(...path: readonly string[]): PathSource {
  return { key: 'metadata.usage_object', path }
}

/** Returns the provider's response id; a failed call has LiteLLM's own call id there. */
function responseId(item: Item): string | undefined {
  const id = firstValue(item, ['gen_ai.response.id'], asName)
  return id === null || id === item.attributes.get('litellm.call_id') ? undefined : id
}

/** Returns the response model, unless it is the name that a proxy shows to its callers: the requested model is paid for. */
function responseModel({ attributes }: Item): Tree | undefined {
  const model = attributes.get('gen_ai.response.model')
  return model === attributes.get('litellm.model_group') ? undefined : model
}

/**
 * Whether a span is the caller's. LiteLLM overwrites the attributes of the active span with each call, and creates spans
 * of its own only where none is active. An operator may rename the scope, so span names count as well.
 */
function isCallerSpan(item: Item): boolean {
  return item.scope !== scope && !/^(litellm_request|raw_gen_ai_request)$/.test(item.name)
}

function isCall({ attributes }: Item): boolean {
  return attributes.has('litellm.call_id') || attributes.has('gen_ai.request.model')
}

function cacheOf(item: Item): Inclusion {
  return /^(anthropic|bedrock)/.test(rawProvider(item) ?? '') ? 'excluded' : 'inferred'
}

function outputMessages(item: Item): Tree | undefined {
  if (isCallerSpan(item)) return undefined
  const content = valueAt(item, raw('content'))
  return valueAt(item, raw('choices')) ?? (content === undefined ? undefined : [{ role: 'assistant', content }])
}

/** Whether the proxy answered from its own cache: the item names the key, and the cost is 0. */
function isFromCache(item: Item): boolean {
  const hidden = treeOf(item, 'hidden_params')
  return typeof child(hidden, 'cache_key') === 'string' && child(hidden, 'response_cost') === 0
}

const requester = idsInJson('metadata.requester_metadata')

/**
 * LiteLLM's callback, in its SDK and its proxy. A call may come three times: in the caller's span, as a span of its own,
 * and as a raw request below either, which alone has the provider's counters (docs/dialects.md §13).
 */
export const litellm: Dialect = {
  ...genai,
  name: 'LiteLLM',
  about: { seen: 'SDK and proxy', signals: 'traces', silent: 'agents; how a tool ended' },
  detect: { scopes: [scope], keys: ['litellm.call_id', 'hidden_params'] },
  kinds: [
    { kind: 'llm', name: /^raw_gen_ai_request$/ },
    { kind: 'workflow', when: (item) => isCallerSpan(item) && (item.isTop || item.workflowId !== null) },
    { kind: 'agent', has: ['gen_ai.agent.name', 'agent_name', 'agent.name'], when: isCallerSpan },
    { kind: 'plain', name: /^guardrail/ },
    { key: 'gen_ai.operation.name', values: { aembedding: 'embedding', arerank: 'rerank' } },
    ...genai.kinds,
    { kind: 'llm', when: isCall },
    { kind: 'plain', when: (item) => !isCallerSpan(item) },
  ],
  fields: {
    ...genaiFields,
    ...requester,
    apiKey: ['metadata.user_api_key_hash'],
    project: ['metadata.user_api_key_project_id'],
    user: [
      'user.id',
      ...requester.user,
      'metadata.user_api_key_end_user_id',
      'llm.user',
      (item) => {
        const id = item.attributes.get('metadata.user_api_key_user_id')
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
    role: (item) => (isCallerSpan(item) ? 'last-step' : null),
    trust: 10,
    billed: (item) => !isFromCache(item),
    trustByScope: [],
    cache: cacheOf,
  },
  messages: {
    input: [raw('messages'), raw('input'), 'gen_ai.input.messages'],
    output: [
      outputMessages,
      (item) => (isCallerSpan(item) ? undefined : item.attributes.get('gen_ai.output.messages')),
    ],
  },
}

/** Requests of LiteLLM, which carry marks of other instrumentations too; over a caller's span those may know better. */
export const litellmRequests: Dialect = {
  ...litellm,
  name: 'LiteLLM requests',
  about: { ...litellm.about, seen: 'SDK and proxy, by the scope' },
  detect: {
    scopes: [scope],
    keys: ['litellm.call_id', 'hidden_params', 'llm.openai.id'],
    when: (item) => !isCallerSpan(item),
  },
}
