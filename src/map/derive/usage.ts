import { columnSize } from '../../columns.ts'
import { fitCost, fitCount, fitId, fitText } from '../facts/column-limits.ts'
import type { Kind, Usage, UsageClass, UsageRole } from '../facts/facts.ts'
import type { Narrow, NarrowFields } from '../table/compile.ts'
import type { Inclusion } from '../table/dialect.ts'
import { asAmount, asCount, asFlag, asId, asName, first, type Reading } from '../table/reading.ts'

/** The counters as a dialect states them; null where it says nothing. */
export interface Counters {
  readonly prompt: number | null
  readonly completion: number | null
  readonly total: number | null
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
}

/** Prompt and completion in the normal form, with what was done to them. */
export interface NormalForm {
  readonly prompt: number
  readonly completion: number
  readonly how: string
}

/** The usage that a span or record carries; null if it states no prompt, completion or total. */
export function usageOf(reading: Reading, dialect: Narrow, kind: Kind, statedRole?: UsageRole): Usage | null {
  const { fields, usage: table } = dialect
  if (fields.prompt.length + fields.completion.length + fields.total.length === 0) return null
  const counters = countersOf(reading, fields)
  const usageClass = classOf(kind)
  const normal = normalForm(counters, settle(table.cache, reading), settle(table.reasoning, reading), usageClass)
  if (normal === null) return null
  const responseId = first(reading, fields.responseId, asId)
  return {
    role: statedRole ?? table.role?.(reading, kind) ?? table.roles[kind] ?? 'aggregate',
    class: usageClass,
    trust: table.trustByScope?.find(([scope]) => scope.test(reading.scope))?.[1] ?? table.trust,
    prompt: fitCount(normal.prompt),
    completion: fitCount(normal.completion),
    cacheRead: fitMaybe(counters.cacheRead),
    cacheWrite: fitMaybe(counters.cacheWrite),
    reasoning: fitMaybe(counters.reasoning),
    responseId: responseId === null ? null : fitId(responseId),
    provider: first(reading, fields.provider, asProvider),
    model: modelAt(reading, fields.model),
    responseModel: modelAt(reading, fields.responseModel),
    statedCostNano: statedCost(reading, dialect),
    cacheHit: first(reading, fields.cacheHit, asFlag) ?? false,
    elsewhere: table.elsewhere ?? false,
    cacheSemantics: normal.how,
  }
}

function countersOf(reading: Reading, fields: NarrowFields): Counters {
  return {
    prompt: first(reading, fields.prompt, asCount),
    completion: first(reading, fields.completion, asCount),
    total: first(reading, fields.total, asCount),
    cacheRead: first(reading, fields.cacheRead, asCount),
    cacheWrite: first(reading, fields.cacheWrite, asCount),
    reasoning: first(reading, fields.reasoning, asCount),
  }
}

function classOf(kind: Kind): UsageClass {
  return kind === 'embedding' || kind === 'rerank' ? kind : 'chat'
}

function settle(inclusion: Inclusion | ((reading: Reading) => Inclusion), reading: Reading): Inclusion {
  return typeof inclusion === 'function' ? inclusion(reading) : inclusion
}

function fitMaybe(count: number | null): number | null {
  return count === null ? null : fitCount(count)
}

/**
 * Brings counters into the normal form: the prompt with cached reads and writes, the completion with reasoning. A table
 * can be wrong about a provider that it doesn't know, so numbers that contradict it win (reference: dialects §0.4, a–c).
 */
export function normalForm(
  counters: Counters,
  cache: Inclusion,
  reasoning: Inclusion,
  usageClass: UsageClass,
): NormalForm | null {
  const split = splitOf(counters, usageClass)
  if (split === null) return null
  const cached = (counters.cacheRead ?? 0) + (counters.cacheWrite ?? 0)
  const thought = counters.reasoning ?? 0
  const over = counters.total === null ? null : counters.total - split.prompt - split.completion
  const moreInput = amends(cached, split.prompt, over, thought, cache)
  // what the total leaves over is spent once: on the cached first
  const stillOver = over === null ? null : over - moreInput
  const moreOutput = amends(thought, split.completion, stillOver, 0, reasoning)
  return {
    prompt: split.prompt + moreInput,
    completion: split.completion + moreOutput,
    how: told(told(split.how, 'prompt', moreInput, 'cached'), 'completion', moreOutput, 'reasoning') || 'as reported',
  }
}

function told(before: string, whole: string, more: number, part: string): string {
  if (more === 0) return before
  const step = `${whole} ${more > 0 ? '+' : '-'} ${part}`
  return before === '' ? step : `${before}, ${step}`
}

/**
 * What must be added to the whole so that it holds the part once. The part stands beside it if it is larger, or if the
 * stated total leaves `over` for exactly this part (or this and the other one).
 */
function amends(part: number, whole: number, over: number | null, other: number, inclusion: Inclusion): number {
  if (part === 0) return 0
  if (inclusion === 'twice' && whole >= 2 * part) return -part
  const beside = inclusion === 'excluded' || part > whole || over === part || (other > 0 && over === part + other)
  return beside ? part : 0
}

function splitOf({ prompt, completion, total }: Counters, usageClass: UsageClass): NormalForm | null {
  // there is nothing that an embedding or a ranking puts out
  if (usageClass !== 'chat') {
    const all = prompt ?? total
    return all === null ? null : { prompt: all, completion: 0, how: prompt === null ? 'prompt = total' : '' }
  }
  if (prompt !== null) {
    if (completion !== null) return { prompt, completion, how: '' }
    return {
      prompt,
      completion: Math.max((total ?? prompt) - prompt, 0),
      how: total === null ? '' : 'completion = total - prompt',
    }
  }
  if (completion !== null) {
    return {
      prompt: Math.max((total ?? completion) - completion, 0),
      completion,
      how: total === null ? '' : 'prompt = total - completion',
    }
  }
  return total === null ? null : { prompt: total, completion: 0, how: 'prompt = total' }
}

/** Frameworks that name themselves where the provider belongs (reference: dialects, trap 30). */
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

/** Names with a dot that mean one provider; of all others (`openai.responses`) the first part is the provider. */
const dotted = /^(aws\.bedrock|gcp\.(?!vertex\.agent)[a-z_]+|azure\.ai\.[a-z]+|az\.ai\.[a-z]+|ibm\.watsonx\.ai)/

/** The provider of a model, in lower case; null for a framework's name. */
export function asProvider(value: Parameters<typeof asName>[0]): string | null {
  const stated = asName(value)
  if (stated === null) return null
  const known = providers.get(stated)
  if (known !== undefined) return known
  const provider = providerIn(stated.toLowerCase())
  if (providers.size < mostProviders && stated.length <= columnSize.provider) providers.set(stated, provider)
  return provider
}

/** Those that were worked out already: the same few come again and again. */
const providers = new Map<string, string | null>()
const mostProviders = 256

function providerIn(name: string): string | null {
  if (name.startsWith('gcp.vertex.agent')) return null
  const provider = dotted.exec(name)?.[1] ?? name.split('.', 1)[0]!
  return provider === '' || noProviders.has(provider) ? null : fitText(provider, columnSize.provider)
}

export function modelAt(reading: Reading, sources: NarrowFields['model']): string | null {
  const model = first(reading, sources, asName)
  return model === null ? null : fitText(model, columnSize.model)
}

function statedCost(reading: Reading, { fields, usage }: Narrow): number | null {
  const dollars = first(reading, fields.cost, asAmount)
  if (dollars === null || (dollars === 0 && usage.zeroCost === 'unknown')) return null
  return fitCost(dollars)
}
