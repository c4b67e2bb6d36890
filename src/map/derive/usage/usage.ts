import { columnSize } from '../../../columns.ts'
import { fitCost, fitCount, fitId, fitText } from '../../facts/column-limits.ts'
import type { Kind, Usage, UsageClass, UsageParts, UsageRole } from '../../facts/facts.ts'
import type { CompiledDialect, CompiledFields } from '../../table/compile.ts'
import type { Inclusion } from '../../table/dialect.ts'
import type { Item } from '../../table/item.ts'
import { firstValue } from '../../table/source.ts'
import { asAmount, asCount, asFlag, asId, asName } from '../../values/convert.ts'
import type { Tree } from '../../values/tree.ts'
import { type Counters, normalForm } from './normal-form.ts'

/**
 * Returns the usage of a span or record; null if it states no prompt, completion or total. `statedRole` is the role that
 * an event rule gives the record.
 */
export function usageOf(item: Item, dialect: CompiledDialect, kind: Kind, statedRole?: UsageRole): Usage | null {
  const { fields, usage: table } = dialect
  if (fields.prompt.length + fields.completion.length + fields.total.length === 0) return null
  if (table.billed?.(item) === false) return null
  const counters = countersOf(item, fields)
  const usageClass = classOf(kind)
  const [provider, model] = [providerOf(item, fields), modelAt(item, fields.model)]
  const inclusions = {
    cache: inclusionOf(table.cache, item),
    reasoning: inclusionOf(table.reasoning, item),
    restIsReasoning: googleProviders.test(provider ?? '') || googleModels.test(model ?? ''),
  }
  const normal = normalForm(counters, inclusions, usageClass)
  if (normal === null) return null
  const responseId = firstValue(item, fields.responseId, asId)
  return {
    role: statedRole ?? table.role?.(item, kind) ?? table.roles[kind] ?? 'aggregate',
    class: usageClass,
    trust: trustOf(item, table),
    prompt: fitCount(normal.prompt),
    completion: fitCount(normal.completion),
    cacheRead: fitStated(counters.cacheRead),
    cacheWrite: fitStated(counters.cacheWrite),
    reasoning: fitStated(counters.reasoning),
    responseId: responseId === null ? null : fitId(responseId),
    provider,
    model,
    responseModel: modelAt(item, fields.responseModel),
    statedCostNano: statedCost(item, dialect),
    ...partsOf(item, fields),
    ...accountOf(item, fields),
    cacheHit: firstValue(item, fields.cacheHit, asFlag) ?? false,
    elsewhere: table.elsewhere ?? false,
    cacheSemantics: normal.how,
  }
}

function trustOf(item: Item, { trust, trustByScope = [] }: CompiledDialect['usage']): number {
  for (const [scope, ofScope] of trustByScope) if (scope.test(item.scope)) return ofScope
  return trust
}

function countersOf(item: Item, fields: CompiledFields): Counters {
  return {
    prompt: firstValue(item, fields.prompt, asCount),
    completion: firstValue(item, fields.completion, asCount),
    total: firstValue(item, fields.total, asCount),
    cacheRead: firstValue(item, fields.cacheRead, asCount),
    cacheWrite: firstValue(item, fields.cacheWrite, asCount),
    reasoning: firstValue(item, fields.reasoning, asCount),
  }
}

/** The parts that are priced apart; nothing where none is stated. */
function partsOf(item: Item, fields: CompiledFields): Pick<Usage, 'parts'> {
  const { cacheWrite1h, audioInput, audioOutput, imageInput, imageOutput, webSearches, serviceTier } = fields
  const all = [cacheWrite1h, audioInput, audioOutput, imageInput, imageOutput, webSearches, serviceTier]
  if (all.every(({ length }) => length === 0)) return {}
  const count = (sources: CompiledFields['prompt']) => fitStated(firstValue(item, sources, asCount))
  const tier = firstValue(item, serviceTier, asName)
  const parts: UsageParts = {
    cacheWrite1h: count(cacheWrite1h),
    audioInput: count(audioInput),
    audioOutput: count(audioOutput),
    imageInput: count(imageInput),
    imageOutput: count(imageOutput),
    webSearches: count(webSearches),
    serviceTier: tier === null ? null : fitText(tier, columnSize.provider),
  }
  return Object.values(parts).every((part) => part === null) ? {} : { parts }
}

/** The billed key and project; nothing where none is stated. */
function accountOf(item: Item, { apiKey, project }: CompiledFields): Pick<Usage, 'account'> {
  const [key, stated] = [firstValue(item, apiKey, asId), firstValue(item, project, asId)]
  if (key === null && stated === null) return {}
  return { account: { apiKey: key === null ? null : fitId(key), project: stated === null ? null : fitId(stated) } }
}

function classOf(kind: Kind): UsageClass {
  return kind === 'embedding' || kind === 'rerank' ? kind : 'chat'
}

function inclusionOf(inclusion: Inclusion | ((item: Item) => Inclusion), item: Item): Inclusion {
  return typeof inclusion === 'function' ? inclusion(item) : inclusion
}

function fitStated(count: number | null): number | null {
  return count === null ? null : fitCount(count)
}

/** Frameworks that write their own name in place of the provider's (trap 30). */
const noProviders: ReadonlySet<string> = new Set([
  'langchain',
  'langgraph',
  'llamaindex',
  'llama_index',
  'crewai',
  'autogen',
  'ag2',
  'strands-agents',
  'semantic_kernel',
  'microsoft',
  'haystack',
  'pydantic-ai',
  'mastra',
  'vercel',
  'spring_ai',
  '_other',
])

/** Other names of providers, and their names in the semantic conventions (`gen_ai.provider.name`). */
const aliases: Readonly<Record<string, string>> = {
  google: 'gcp.gemini',
  gemini: 'gcp.gemini',
  googleai: 'gcp.gemini',
  google_genai: 'gcp.gemini',
  'google-genai': 'gcp.gemini',
  'google-generative-ai': 'gcp.gemini',
  google_generativeai: 'gcp.gemini',
  google_ai_studio: 'gcp.gemini',
  'google-gemini': 'gcp.gemini',
  vertex_ai: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  google_vertexai: 'gcp.vertex_ai',
  'google-vertex': 'gcp.vertex_ai',
  'vertex-ai': 'gcp.vertex_ai',
  mistral: 'mistral_ai',
  mistralai: 'mistral_ai',
  'mistral-ai': 'mistral_ai',
  xai: 'x_ai',
  'x-ai': 'x_ai',
  bedrock: 'aws.bedrock',
  amazon_bedrock: 'aws.bedrock',
  'amazon-bedrock': 'aws.bedrock',
  bedrock_converse: 'aws.bedrock',
  aws_bedrock: 'aws.bedrock',
  'aws-bedrock': 'aws.bedrock',
  azure: 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  azureopenai: 'azure.ai.openai',
  'az.ai.openai': 'azure.ai.openai',
  azure_ai: 'azure.ai.inference',
  'az.ai.inference': 'azure.ai.inference',
  watsonx: 'ibm.watsonx.ai',
  cohere_chat: 'cohere',
}

/** Providers after which applications and libraries name their scopes as well. */
const knownProviders: ReadonlySet<string> = new Set([
  ...Object.values(aliases),
  ...['openai', 'anthropic', 'cohere', 'deepseek', 'groq', 'perplexity', 'openrouter', 'ollama', 'together'],
  ...['fireworks', 'cerebras', 'huggingface', 'replicate', 'nvidia', 'sambanova', 'github', 'litellm', 'vllm'],
])

/** Google's API counts thoughts apart from the output; a client of another shape keeps them in the total only. */
const googleProviders = /^gcp\./
const googleModels = /^(.*\/)?gemini-/

/** Providers whose names have a dot; of all other names (`openai.responses`) the first part is the provider. */
const dotted = /^(aws\.bedrock|gcp\.(?!vertex\.agent)[a-z_]+|azure\.ai\.[a-z]+|az\.ai\.[a-z]+|ibm\.watsonx\.ai)/

/** Returns the name of a provider in lower case; null for a framework's name. */
export function asProvider(value: Tree): string | null {
  const stated = asName(value)
  if (stated === null) return null
  const known = providers.get(stated)
  if (known !== undefined) return known
  const provider = providerIn(stated.toLowerCase())
  if (providers.size < mostProviders && stated.length <= columnSize.provider) providers.set(stated, provider)
  return provider
}

/** A cache of names: the same few come again and again. */
const providers = new Map<string, string | null>()
const mostProviders = 256

function providerIn(name: string): string | null {
  if (name.startsWith('gcp.vertex.agent')) return null
  // a plugin's path ends in the provider: `langgenius/openai/openai`
  const last = name.slice(name.lastIndexOf('/') + 1)
  const provider = dotted.exec(last)?.[1] ?? last.split('.', 1)[0]!
  if (provider === '' || noProviders.has(provider)) return null
  return aliases[provider] ?? fitText(provider, columnSize.provider)
}

/** Returns the stated provider; null where the client only repeats the name of its own scope or service. */
function providerOf(item: Item, { provider }: CompiledFields): string | null {
  const stated = firstValue(item, provider, asProvider)
  if (stated === null || knownProviders.has(stated)) return stated
  const name = firstValue(item, provider, (value) => (asProvider(value) === null ? null : asName(value)))!.toLowerCase()
  return name === item.scope.toLowerCase() || name === item.service.toLowerCase() ? null : stated
}

/** Returns the model at the first of these sources that names one, at most 255 characters. */
export function modelAt(item: Item, sources: CompiledFields['model']): string | null {
  const model = firstValue(item, sources, asName)
  return model === null ? null : fitText(model, columnSize.model)
}

/** Returns the stated cost in nano-dollars; null where none is stated. */
function statedCost(item: Item, { fields, usage }: CompiledDialect): number | null {
  const dollars = firstValue(item, fields.cost, asAmount)
  if (dollars === null || (dollars === 0 && usage.zeroCost === 'unknown')) return null
  return fitCost(dollars)
}
