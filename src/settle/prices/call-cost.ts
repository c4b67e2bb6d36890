import { divideHalfEven, largestCostNano } from '../../columns.ts'
import type { UsageParts } from '../../map/facts/facts.ts'
import type { Factor } from './service-tier.ts'

/** The parts of a call that a bill prices apart, in the order in which rounding remainders are given out. */
export const costParts = [
  'input',
  'cache_read',
  'cache_write',
  'cache_write_1h',
  'audio_input',
  'image_input',
  'output',
  'reasoning',
  'audio_output',
  'image_output',
  'web_search',
  'request',
] as const

export type CostPart = (typeof costParts)[number]

/** Whole nano-dollars of each part that costs something; their sum is the cost of the call. */
export type PartCosts = { readonly [Part in CostPart]?: number }

/** What one unit costs from so many tokens of prompt on, in 10^-15 USD: integers, so that sums are exact. */
export interface PriceStep {
  readonly above: number
  readonly rate: bigint
}

/** What a unit of each part costs; none for a part without a price of its own, which `costOf` prices as its whole. */
export type Rates = { readonly [Part in CostPart]?: readonly PriceStep[] }

/** The counters of a call in the normal form. */
export interface CallCounters {
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
  readonly parts?: UsageParts | undefined
}

export interface Cost {
  readonly costNano: number
  readonly parts: PartCosts
}

const perNano = 1_000_000n
/** Web searches and requests are priced by the piece. The service tier changes the prices of tokens only. */
const untiered: ReadonlySet<CostPart> = new Set(['web_search', 'request'])

/** A part of a call that costs something. */
interface PricedPart {
  readonly part: CostPart
  /** Whole nano-dollars. */
  nano: bigint
  /** What the whole nano-dollars leave, in the unit of the sum. */
  readonly remainder: bigint
}

/**
 * Prices a call part by part: exact sums, rounded half to even once, so that the parts sum to the cost. `factor` is that
 * of the service tier.
 */
export function costOf(rates: Rates, call: CallCounters, factor: Factor): Cost {
  const quantities = quantitiesOf(call)
  const unit = perNano * factor.denominator
  const priced: PricedPart[] = []
  let exact = 0n
  let left = 0n
  for (const part of costParts) {
    const quantity = quantities[part]
    if (quantity === 0) continue
    const sum = BigInt(quantity) * rateAt(stepsOf(rates, part), call.prompt)
    if (sum === 0n) continue
    const price = sum * (untiered.has(part) ? factor.denominator : factor.numerator)
    const nano = price / unit
    priced.push({ part, nano, remainder: price % unit })
    exact += price
    left -= nano
  }
  const total = divideHalfEven(exact, unit)
  roundUp(priced, left + total)
  const costNano = total > largestCostNano ? largestCostNano : total
  return { costNano: Number(costNano), parts: withinCost(priced, costNano) }
}

/** How much there is of each part. The parts of tokens do not overlap and sum to the tokens of the call. */
export function quantitiesOf({
  prompt,
  completion,
  cacheRead,
  cacheWrite,
  reasoning,
  parts,
}: CallCounters): Readonly<Record<CostPart, number>> {
  const read = cacheRead ?? 0
  const written = cacheWrite ?? 0
  const written1h = Math.min(parts?.cacheWrite1h ?? 0, written)
  const [audioInput, imageInput] = withinRest(prompt - read - written, parts?.audioInput, parts?.imageInput)
  const reasoned = Math.min(reasoning ?? 0, completion)
  const [audioOutput, imageOutput] = withinRest(completion - reasoned, parts?.audioOutput, parts?.imageOutput)
  return {
    input: Math.max(prompt - read - written - audioInput - imageInput, 0),
    cache_read: read,
    cache_write: written - written1h,
    cache_write_1h: written1h,
    audio_input: audioInput,
    image_input: imageInput,
    output: completion - reasoned - audioOutput - imageOutput,
    reasoning: reasoned,
    audio_output: audioOutput,
    image_output: imageOutput,
    web_search: parts?.webSearches ?? 0,
    request: 1,
  }
}

function withinRest(
  rest: number,
  audio: number | null | undefined,
  image: number | null | undefined,
): [number, number] {
  const heard = Math.min(audio ?? 0, Math.max(rest, 0))
  return [heard, Math.min(image ?? 0, Math.max(rest - heard, 0))]
}

const wholes: { readonly [Part in CostPart]?: CostPart } = {
  cache_read: 'input',
  cache_write: 'input',
  cache_write_1h: 'cache_write',
  audio_input: 'input',
  image_input: 'input',
  reasoning: 'output',
  audio_output: 'output',
  image_output: 'output',
}

function stepsOf(rates: Rates, part: CostPart): readonly PriceStep[] {
  const whole = wholes[part]
  return rates[part] ?? (whole === undefined ? [] : stepsOf(rates, whole))
}

/** A larger prompt makes all tokens of the call dearer, not only those above the step. */
function rateAt(steps: readonly PriceStep[], prompt: number): bigint {
  let rate = 0n
  for (const step of steps) if (prompt > step.above || step.above === 0) rate = step.rate
  return rate
}

/** Gives what rounding down has left of the total to the parts with the largest remainders, one nano-dollar each. */
function roundUp(priced: readonly PricedPart[], left: bigint): void {
  if (left === 0n) return
  const order = [...priced].sort((a, b) => (a.remainder === b.remainder ? 0 : a.remainder > b.remainder ? -1 : 1))
  for (const one of order.slice(0, Number(left))) one.nano += 1n
}

/** Names the parts that cost something, and cuts the last ones where their sum is more than the column of the cost holds. */
function withinCost(priced: readonly PricedPart[], costNano: bigint): PartCosts {
  const parts: { [Part in CostPart]?: number } = {}
  let left = costNano
  for (const { part, nano } of priced) {
    const cost = nano < left ? nano : left
    left -= cost
    if (cost !== 0n) parts[part] = Number(cost)
  }
  return parts
}
