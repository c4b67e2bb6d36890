import { type CallCounters, costOf, type PartCosts, type Rates } from './call-cost.ts'
import { type ListEntry, type ListedModel, lookUpPrice, type PriceList, stepsOf } from './price-list.ts'
import { isFree } from './sellers.ts'
import { tierFactor } from './service-tier.ts'

/** USD per million tokens. What isn't given: cached tokens cost as input, cache writes as input, output nothing. */
export interface PriceOverride {
  readonly input: number
  readonly output?: number
  readonly cached?: number
  readonly cache_write?: number
}

/** A call to be priced. A `Usage` with its end is one. */
export interface PricedCall extends CallCounters {
  readonly provider: string | null
  readonly model: string | null
  readonly responseModel: string | null
  /** Prices change; the one at the end of the call counts. */
  readonly endNs: bigint
}

/** Where a price comes from: the operator's own, the list, a variant that is free, or nowhere. */
export type PriceSource = 'own' | 'list' | 'free' | 'none'

/** What a call costs, where its price comes from, and what it is made of. */
export interface PriceQuote {
  /** Whole nano-dollars, rounded half to even once; null: no price is known. */
  readonly costNano: number | null
  /** The seller of the model by the price list (`openai`, `gcp.gemini`); null: unknown. */
  readonly provider: string | null
  readonly source: PriceSource
  /** The parts of the cost. They sum to the cost; none where it is 0 or unknown. */
  readonly parts: PartCosts
}

/** Prices a call. */
export type PriceLookup = (call: PricedCall) => PriceQuote

export interface Prices {
  readonly price: PriceLookup
}

/** A client that invents model names must not fill the memory. */
const mostCached = 5_000
const nsPerDay = 86_400_000_000_000n

/** Prices of the list, and those that the operator sets (by model name, in any case), which go before. */
export function createPrices(list: PriceList, overrides: Readonly<Record<string, PriceOverride>> = {}): Prices {
  const own = new Map(Object.entries(overrides).map(([model, price]) => [model.toLowerCase(), overrideRates(price)]))
  const cache = new Map<string, ListEntry | null>()
  // most calls end on the day of the one before: two comparisons take less time than a division
  let day = dayOf(0n)

  function listed(query: ListedModel): ListEntry | null {
    if (query.endNs < day.fromNs || query.endNs >= day.untilNs) day = dayOf(query.endNs)
    const key = `${day.number} ${query.provider ?? ''} ${query.model}`
    const cached = cache.get(key)
    // rates that change within the day are looked up each time
    if (cached !== undefined && !cached?.isHourly) return cached
    const found = lookUpPrice(list, query)
    if (cache.size >= mostCached) cache.clear()
    cache.set(key, found)
    return found
  }

  function price(call: PricedCall): PriceQuote {
    const models = [call.responseModel, call.model].filter((model) => model !== null)
    const found = firstOf(models, (model) => listed({ provider: call.provider, model, endNs: call.endNs }))
    const provider = found?.provider ?? null
    const set = own.size === 0 ? null : firstOf(models, (model) => own.get(model.toLowerCase()) ?? null)
    if (set === null && models.some(isFree)) return { costNano: 0, provider, source: 'free', parts: {} }
    const rates = set ?? found?.rates ?? null
    if (rates === null) return { costNano: null, provider, source: 'none', parts: {} }
    const factor = tierFactor(call.parts?.serviceTier ?? null, models[0]!)
    const { costNano, parts } = costOf(rates, call, factor)
    return { costNano, provider, source: set === null ? 'list' : 'own', parts }
  }

  return { price }
}

/** The day of a time, by its number since 1970. */
function dayOf(ns: bigint): { readonly number: string; readonly fromNs: bigint; readonly untilNs: bigint } {
  const number = ns / nsPerDay
  return { number: number.toString(), fromNs: number * nsPerDay, untilNs: (number + 1n) * nsPerDay }
}

function firstOf<Found>(models: readonly string[], find: (model: string) => Found | null): Found | null {
  for (const model of models) {
    const found = find(model)
    if (found !== null) return found
  }
  return null
}

function overrideRates({ input, output = 0, cached = input, cache_write = input }: PriceOverride): Rates {
  const steps = (dollars: number) => stepsOf(dollars, 1e6)
  return {
    input: steps(input),
    cache_read: steps(cached),
    cache_write: steps(cache_write),
    output: steps(output),
  }
}
