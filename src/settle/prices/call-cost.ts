import { divideHalfEven, largestCostNano } from '../../columns.ts'

/** A call to be priced, with its counters in the normal form (docs/design.md §4.4). A `Usage` with its end is one. */
export interface PricedCall {
  readonly provider: string | null
  readonly model: string | null
  readonly responseModel: string | null
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
  /** The end of the call in nanoseconds since 1970: prices change, and the one at that time counts. */
  readonly endNs: bigint
}

/**
 * The rate of a token if the prompt has more than `above` tokens, in 10^-9 USD per million tokens: whole numbers, so that
 * sums are exact.
 */
export interface Tier {
  readonly above: number
  readonly rate: bigint
}

/** The rates of one model at one time. */
export interface Rates {
  /** The provider that sells the model, by the price list; null: unknown. */
  readonly provider: string | null
  readonly input: readonly Tier[]
  readonly cacheRead: readonly Tier[]
  readonly cacheWrite: readonly Tier[]
  readonly output: readonly Tier[]
  readonly reasoning: readonly Tier[]
  /** The price of the call itself, in the unit of tokens times rate. */
  readonly request: bigint
}

/** How many units of tokens times rate are a nano-dollar. */
const unitsPerNano = 1_000_000n

/** Returns the cost of a call in whole nano-dollars, rounded half to even once, at most the last value of its column. */
export function costOf(rates: Rates, call: PricedCall): number {
  const { prompt, completion } = call
  const cacheRead = call.cacheRead ?? 0
  const cacheWrite = call.cacheWrite ?? 0
  const reasoning = Math.min(call.reasoning ?? 0, completion)
  const uncached = Math.max(prompt - cacheRead - cacheWrite, 0)
  const sum =
    rates.request +
    partCost(rates.input, uncached, prompt) +
    partCost(rates.cacheRead, cacheRead, prompt) +
    partCost(rates.cacheWrite, cacheWrite, prompt) +
    partCost(rates.output, completion - reasoning, prompt) +
    partCost(rates.reasoning, reasoning, prompt)
  const nano = divideHalfEven(sum, unitsPerNano)
  return Number(nano > largestCostNano ? largestCostNano : nano)
}

/** The tier that the whole prompt reaches is the rate of all tokens, not only of those above its mark. */
function partCost(tiers: readonly Tier[], tokens: number, prompt: number): bigint {
  if (tokens === 0) return 0n
  let rate = 0n
  for (const tier of tiers) if (prompt > tier.above || tier.above === 0) rate = tier.rate
  return BigInt(tokens) * rate
}

/** Converts a price in USD per million tokens to a rate. */
export function rateOf(dollarsPerMillion: number): bigint {
  return BigInt(Math.round(dollarsPerMillion * 1e9))
}
