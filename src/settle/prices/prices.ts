import { costOf, type PricedCall, type Rates } from './call-cost.ts'
import { type ListedModel, lookUpPrice, type PriceList, tiersOf } from './price-list.ts'

/**
 * The settings' own price of a model in USD per million tokens. Without their own price, cached tokens and cache writes
 * cost as much as input, and output costs nothing.
 */
export interface PriceOverride {
  readonly input: number
  readonly output?: number
  readonly cached?: number
  readonly cache_write?: number
}

/** What is known of a call's price. */
export interface PriceQuote {
  /** Whole nano-dollars, rounded half to even once; null: no price is known. */
  readonly costNano: number | null
  /** The provider that sells the model by the price list (`openai`, `anthropic`, `google`); null: unknown. */
  readonly provider: string | null
}

/** Prices a call. */
export type PriceLookup = (call: PricedCall) => PriceQuote

/** The prices that are in force. */
export interface Prices {
  readonly price: PriceLookup
}

/** The most models and days whose rates are cached: a client that invents model names must not fill the memory. */
const mostCached = 5_000
const nsPerDay = 86_400_000_000_000n

/** Cached in place of rates that depend on the time of day. */
const hourly = Symbol('hourly')

/** Creates the prices of the list and of the settings, which win. The settings name models in any case. */
export function createPrices(list: PriceList, overrides: Readonly<Record<string, PriceOverride>> = {}): Prices {
  const own = new Map(Object.entries(overrides).map(([model, price]) => [model.toLowerCase(), overrideRates(price)]))
  const ratesInList = cachedRates(list)
  return {
    price: (call) => {
      const models = [call.responseModel, call.model].filter((model) => model !== null)
      const listed = firstOf(models, (model) => ratesInList({ provider: call.provider, model, endNs: call.endNs }))
      const rates = firstOf(models, (model) => own.get(model.toLowerCase()) ?? null) ?? listed
      return { costNano: rates === null ? null : costOf(rates, call), provider: listed?.provider ?? null }
    },
  }
}

/** Returns a lookup in the list that caches rates by provider, model and day. */
function cachedRates(list: PriceList): (listed: ListedModel) => Rates | null {
  const cache = new Map<string, Rates | null | typeof hourly>()
  return (listed) => {
    const key = `${listed.endNs / nsPerDay} ${listed.provider ?? ''} ${listed.model}`
    const cached = cache.get(key)
    if (cached !== undefined && cached !== hourly) return cached
    const entry = lookUpPrice(list, listed)
    if (cached !== hourly) {
      if (cache.size >= mostCached) cache.clear()
      cache.set(key, entry?.isHourly ? hourly : (entry?.rates ?? null))
    }
    return entry?.rates ?? null
  }
}

function firstOf(models: readonly string[], find: (model: string) => Rates | null): Rates | null {
  for (const model of models) {
    const rates = find(model)
    if (rates !== null) return rates
  }
  return null
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
