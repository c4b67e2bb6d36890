import type { calcPrice } from '@pydantic/genai-prices'
import { millisecondsOf } from '../../columns.ts'
import { type Rates, rateOf, type Tier } from './call-cost.ts'

/** The public price list. Its importer passes it in, because an application loads it only when it prices a call. */
export type PriceList = typeof calcPrice

/** A model to look up, as its span names it. */
export interface ListedModel {
  readonly provider: string | null
  readonly model: string
  /** Nanoseconds since 1970: the list has prices by date. */
  readonly endNs: bigint
}

/** What the list has of a model. */
export interface ListEntry {
  readonly rates: Rates
  /** true: the price depends on the time of day, so it can't be cached for a day. */
  readonly isHourly: boolean
}

/** Matches providers of models that run locally: the same name in the list is another provider's paid offer. */
const localProviders = /^(ollama|vllm|llama\.?cpp|lm_?studio|local|localai)$/
/** The list's names of providers that spans name otherwise. */
const providerAliases: Readonly<Record<string, string>> = {
  gcp: 'google',
  'gcp.gen_ai': 'google',
  xai: 'x-ai',
  x_ai: 'x-ai',
  mistral_ai: 'mistral',
}

/**
 * Looks up a model: with the stated provider, with the provider before the model's name (`openai/gpt-4o`), then by the
 * model alone, because the stated provider is often a framework or an API of the same shape (trap 30). Returns null where
 * the list has no price by the token.
 */
export function lookUpPrice(list: PriceList, { provider, model, endNs }: ListedModel): ListEntry | null {
  if (provider !== null && localProviders.test(provider)) return null
  const slash = model.indexOf('/')
  const prefix = slash > 0 ? model.slice(0, slash) : null
  const bare = slash > 0 ? model.slice(model.lastIndexOf('/') + 1) : model
  const seller = provider === null ? null : (providerAliases[provider] ?? provider)
  const attempts: readonly (readonly [string | null, string])[] = [
    [seller, model],
    [prefix, bare],
    [seller, bare],
    [null, bare],
  ]
  const timestamp = new Date(millisecondsOf(endNs))
  for (const [providerId, name] of attempts) {
    const entry = entryOf(list, name, providerId === null ? { timestamp } : { timestamp, providerId })
    if (entry !== null) return entry
  }
  return null
}

type ListOptions = NonNullable<Parameters<PriceList>[2]>

function entryOf(list: PriceList, model: string, options: ListOptions): ListEntry | null {
  const found = calculate(list, model, options)
  const rates = found === null ? null : ratesOf(found.provider.id, found.model_price)
  if (found === null || rates === null) return null
  const dated = found.model.prices
  const isHourly = Array.isArray(dated) && dated.some(({ constraint }) => constraint?.type === 'time_of_date')
  return { rates, isHourly }
}

type Calculation = NonNullable<ReturnType<PriceList>>

function calculate(list: PriceList, model: string, options: ListOptions): Calculation | null {
  try {
    return list({ input_tokens: 0, output_tokens: 0 }, model, options)
  } catch {
    // the list throws for a model that it can't price by tokens, which then has no price
    return null
  }
}

type ListPrice = Calculation['model_price'][string]

/** Returns null where neither input nor output is priced by the token. */
function ratesOf(provider: string, price: Calculation['model_price']): Rates | null {
  const { input_mtok: input, output_mtok: output } = price
  if (input === undefined && output === undefined) return null
  return {
    provider,
    input: tiersOf(input),
    cacheRead: tiersOf(price.cache_read_mtok ?? input),
    cacheWrite: tiersOf(price.cache_write_mtok ?? input),
    output: tiersOf(output),
    reasoning: tiersOf(price.output_reasoning_mtok ?? output),
    // the list has the price of a thousand calls
    request: typeof price.requests_kcount === 'number' ? rateOf(price.requests_kcount) * 1_000n : 0n,
  }
}

/** Returns the tiers of a price, those for larger prompts last. */
export function tiersOf(price: ListPrice): readonly Tier[] {
  if (price === undefined) return []
  if (typeof price === 'number') return [{ above: 0, rate: rateOf(price) }]
  const higher = price.tiers.map(({ start, price: dearer }) => ({ above: start, rate: rateOf(dearer) }))
  return [{ above: 0, rate: rateOf(price.base) }, ...higher.sort((a, b) => a.above - b.above)]
}
