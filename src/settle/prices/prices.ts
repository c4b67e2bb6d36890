import type { calcPrice } from '@pydantic/genai-prices'
import { divideHalfEven, largestCostNano, millisecondsOf } from '../../columns.ts'

/** USD per million tokens. What isn't given: cached tokens cost as input, cache writes as input, output nothing. */
export interface PriceOverride {
  readonly input: number
  readonly output?: number
  readonly cached?: number
  readonly cache_write?: number
}

/** A call to be priced, its counters in the normal form. A `Usage` with its end is one. */
export interface PricedCall {
  readonly provider: string | null
  readonly model: string | null
  readonly responseModel: string | null
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
  /** Prices change; the one at the end of the call counts. */
  readonly endNs: bigint
}

export interface PriceQuote {
  /** Whole nano-dollars, rounded half to even once; null: no price is known. */
  readonly costNano: number | null
  /** Who sells the model by the price list (`openai`, `anthropic`, `google`); null: unknown. */
  readonly provider: string | null
}

/** Prices a call. */
export type PriceLookup = (call: PricedCall) => PriceQuote

export interface Prices {
  readonly price: PriceLookup
}

/** What a token costs from so many tokens of prompt on, in 10^-9 USD per million: integers, so that sums are exact. */
interface Tier {
  readonly above: number
  readonly rate: bigint
}

/** The rates of one model at one time, and the smallest part of a sum of tokens times rate that is a nano-dollar. */
interface Rates {
  readonly provider: string | null
  readonly input: readonly Tier[]
  readonly cacheRead: readonly Tier[]
  readonly cacheWrite: readonly Tier[]
  readonly output: readonly Tier[]
  readonly reasoning: readonly Tier[]
  /** Per call, in the unit of tokens times rate. */
  readonly request: bigint
}

/** The price list has this model at some hours at another price: it can't be kept for a day. */
const byTheHour = Symbol('by the hour')
type CachedRates = Rates | null | typeof byTheHour

/** A client that invents model names must not fill the memory. */
const mostKept = 5_000
const perNano = 1_000_000n
const nsPerDay = 86_400_000_000_000n

/** How the public, dated list of prices is asked. The doors bring it: an app loads it only when it has something to price. */
export type PriceList = typeof calcPrice

/** Prices of the list, with those that the operator knows better (by model name, in any case). */
export function createPrices(list: PriceList, overrides: Readonly<Record<string, PriceOverride>> = {}): Prices {
  const own = new Map(Object.entries(overrides).map(([model, price]) => [model.toLowerCase(), overrideRates(price)]))
  const kept = new Map<string, CachedRates>()

  function keep(key: string, rates: CachedRates): CachedRates {
    if (kept.size >= mostKept) kept.clear()
    kept.set(key, rates)
    return rates
  }

  function listed(provider: string | null, model: string, endNs: bigint): Rates | null {
    const key = `${endNs / nsPerDay} ${provider ?? ''} ${model}`
    const found = kept.get(key)
    const rates = found === undefined ? keep(key, lookUp(list, { provider, model, endNs }, false)) : found
    return rates === byTheHour ? (lookUp(list, { provider, model, endNs }, true) as Rates | null) : rates
  }

  function price(call: PricedCall): PriceQuote {
    const models = [call.responseModel, call.model].filter((model) => model !== null)
    const listedRates = firstOf(models, (model) => listed(call.provider, model, call.endNs))
    const rates = firstOf(models, (model) => own.get(model.toLowerCase()) ?? null) ?? listedRates
    return { costNano: rates === null ? null : costOf(rates, call), provider: listedRates?.provider ?? null }
  }

  return { price }
}

function firstOf(models: readonly string[], find: (model: string) => Rates | null): Rates | null {
  for (const model of models) {
    const rates = find(model)
    if (rates !== null) return rates
  }
  return null
}

function costOf(rates: Rates, call: PricedCall): number {
  const read = call.cacheRead ?? 0
  const written = call.cacheWrite ?? 0
  const thought = Math.min(call.reasoning ?? 0, call.completion)
  const fresh = Math.max(call.prompt - read - written, 0)
  const sum =
    rates.request +
    at(rates.input, fresh, call.prompt) +
    at(rates.cacheRead, read, call.prompt) +
    at(rates.cacheWrite, written, call.prompt) +
    at(rates.output, call.completion - thought, call.prompt) +
    at(rates.reasoning, thought, call.prompt)
  const nano = divideHalfEven(sum, perNano)
  return Number(nano > largestCostNano ? largestCostNano : nano)
}

/** A larger prompt makes all tokens of the call dearer, not only those above the mark. */
function at(tiers: readonly Tier[], tokens: number, prompt: number): bigint {
  if (tokens === 0) return 0n
  let rate = 0n
  for (const tier of tiers) if (prompt > tier.above || tier.above === 0) rate = tier.rate
  return BigInt(tokens) * rate
}

function overrideRates({ input, output = 0, cached = input, cache_write = input }: PriceOverride): Rates {
  return {
    provider: null,
    input: tiersOf(input),
    cacheRead: tiersOf(cached),
    cacheWrite: tiersOf(cache_write),
    output: tiersOf(output),
    reasoning: tiersOf(output),
    request: 0n,
  }
}

// models that run here: the same name in the list is somebody's paid offer
const atHome = /^(ollama|vllm|llama\.?cpp|lm_?studio|local|localai)$/
const otherNames: Readonly<Record<string, string>> = {
  gcp: 'google',
  'gcp.gen_ai': 'google',
  xai: 'x-ai',
  x_ai: 'x-ai',
  mistral_ai: 'mistral',
}

/**
 * The list's rates, asked with the stated provider, with the one before the model's name (`openai/gpt-4o`), then by the
 * model alone: who is stated as a provider is often only a framework or an API of the same shape (trap 30).
 */
function lookUp(list: PriceList, { provider, model, endNs }: PriceQuery, nowIsFine: boolean): CachedRates {
  if (provider !== null && atHome.test(provider)) return null
  const slash = model.indexOf('/')
  const prefix = slash > 0 ? model.slice(0, slash) : null
  const bare = slash > 0 ? model.slice(model.lastIndexOf('/') + 1) : model
  const seller = provider === null ? null : (otherNames[provider] ?? provider)
  const tries: readonly (readonly [string | null, string])[] = [
    [seller, model],
    [prefix, bare],
    [seller, bare],
    [null, bare],
  ]
  const timestamp = new Date(millisecondsOf(endNs))
  for (const [providerId, name] of tries) {
    const found = ask(list, name, providerId === null ? { timestamp } : { timestamp, providerId })
    if (found === null) continue
    return found.hourly && !nowIsFine ? byTheHour : found.rates
  }
  return null
}

interface PriceQuery {
  readonly provider: string | null
  readonly model: string
  readonly endNs: bigint
}

type ListOptions = NonNullable<Parameters<PriceList>[2]>

function ask(list: PriceList, model: string, options: ListOptions): { rates: Rates; hourly: boolean } | null {
  const found = calc(list, model, options)
  const rates = found === null ? null : listRates(found.provider.id, found.model_price)
  if (found === null || rates === null) return null
  const dated = found.model.prices
  const hourly = Array.isArray(dated) && dated.some(({ constraint }) => constraint?.type === 'time_of_date')
  return { rates, hourly }
}

type Calculation = NonNullable<ReturnType<PriceList>>

function calc(list: PriceList, model: string, options: ListOptions): Calculation | null {
  try {
    return list({ input_tokens: 0, output_tokens: 0 }, model, options)
  } catch {
    // the list can't price such a model by tokens: that is what "unpriced" means
    return null
  }
}

type ListPrice = Calculation['model_price'][string]

/** null if nothing in it is priced by the token. */
function listRates(provider: string, price: Calculation['model_price']): Rates | null {
  const { input_mtok: input, output_mtok: output } = price
  if (input === undefined && output === undefined) return null
  return {
    provider,
    input: tiersOf(input),
    cacheRead: tiersOf(price.cache_read_mtok ?? input),
    cacheWrite: tiersOf(price.cache_write_mtok ?? input),
    output: tiersOf(output),
    reasoning: tiersOf(price.output_reasoning_mtok ?? output),
    // per thousand calls
    request: typeof price.requests_kcount === 'number' ? rateOf(price.requests_kcount) * 1_000n : 0n,
  }
}

function tiersOf(price: ListPrice): readonly Tier[] {
  if (price === undefined) return []
  if (typeof price === 'number') return [{ above: 0, rate: rateOf(price) }]
  const higher = price.tiers.map(({ start, price: dearer }) => ({ above: start, rate: rateOf(dearer) }))
  return [{ above: 0, rate: rateOf(price.base) }, ...higher.sort((a, b) => a.above - b.above)]
}

function rateOf(dollarsPerMillion: number): bigint {
  return BigInt(Math.round(dollarsPerMillion * 1e9))
}
