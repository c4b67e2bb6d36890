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

/**
 * Prices a call part by part: exact sums, rounded half to even once, so that the parts sum to the cost. `factor` is that
 * of the service tier.
 */
export function costOf(rates: Rates, call: CallCounters, factor: Factor): Cost {
  const quantities = quantitiesOf(call)
  const exact = costParts.map((part): bigint => {
    const quantity = quantities[part]
    if (quantity === 0) return 0n
    const sum = BigInt(quantity) * rateAt(stepsOf(rates, part), call.prompt)
    return untiered.has(part) ? sum * factor.denominator : sum * factor.numerator
  })
  const unit = perNano * factor.denominator
  const total = divideHalfEven(
    exact.reduce((sum, part) => sum + part, 0n),
    unit,
  )
  const costNano = total > largestCostNano ? largestCostNano : total
  return { costNano: Number(costNano), parts: withinCost(rounded(exact, unit, total), costNano) }
}

/** The parts do not overlap: what has no price of its own stays in the input or output. */
function quantitiesOf({ prompt, completion, cacheRead, cacheWrite, reasoning, parts }: CallCounters) {
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
  } satisfies Record<CostPart, number>
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

/** Rounds parts down and gives what is left of the total to those with the largest remainders, one nano-dollar each. */
function rounded(exact: readonly bigint[], unit: bigint, total: bigint): bigint[] {
  const nano = exact.map((part) => part / unit)
  let left = total - nano.reduce((sum, part) => sum + part, 0n)
  const order = exact.map((part, index) => ({ index, remainder: part % unit }))
  order.sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1))
  for (const { index } of order) {
    if (left <= 0n) break
    nano[index]! += 1n
    left -= 1n
  }
  return nano
}

/** Names the parts that cost something, and cuts the last ones where their sum is more than the column of the cost holds. */
function withinCost(nano: readonly bigint[], costNano: bigint): PartCosts {
  let left = costNano
  const kept = costParts.map((part, i): [CostPart, number] => {
    const cost = nano[i]! < left ? nano[i]! : left
    left -= cost
    return [part, Number(cost)]
  })
  return Object.fromEntries(kept.filter(([, cost]) => cost !== 0))
}
