import type { CallRow } from '../../queries/rows/call-rows.ts'
import type { StoredCallRow } from '../../queries/runs/run.ts'
import { type CostPart, costParts, quantitiesOf } from '../../settle/prices/call-cost.ts'
import type { CallCostPart } from '../answers/span.ts'

/** A counted call as answers have it. */
export function callOf({ cost_parts: parts, part_counters: _, ...call }: StoredCallRow): CallRow {
  return {
    ...call,
    cost_parts:
      parts === null ? null : Object.fromEntries(Object.entries(parts).map(([part, nano]) => [part, String(nano)])),
  }
}

/** The parts of the costs of these calls, in the order in which a bill has them. */
export function namesOfParts(calls: readonly Pick<StoredCallRow, 'cost_parts'>[]): string[] {
  return inOrder(new Set(calls.flatMap(({ cost_parts: parts }) => Object.keys(parts ?? {}))))
}

/** Sorts names of parts; what is none of the price list's parts (`stated`) comes last. */
function inOrder(names: ReadonlySet<string>): string[] {
  const known: readonly string[] = costParts.filter((part) => names.has(part))
  return [...known, ...[...names].filter((name) => !known.includes(name)).sort()]
}

/**
 * The parts of what a call used and cost, in the order in which a bill has them. The tokens of the parts sum to the
 * tokens of the call, and the costs to its cost.
 */
export function costPartsOf(call: StoredCallRow): CallCostPart[] {
  const costs = call.cost_parts ?? {}
  const quantities = quantitiesOfCall(call)
  const used = costParts.filter((part) => quantities[part] > 0 && part !== 'request')
  const names = inOrder(new Set([...used, ...Object.keys(costs)]))
  const parts = names.map((part) => ({
    part,
    quantity: quantities[part as CostPart] ?? null,
    cost_nano_usd: String(costs[part] ?? '0'),
  }))
  const sum = parts.reduce((total, { cost_nano_usd: nano }) => total + BigInt(nano), 0n)
  const cost = BigInt(call.cost_nano_usd)
  // a cost that its sender states, or that was set by hand in the row, has no parts
  const rest = call.price_source === 'stated' ? 'stated' : 'other'
  return sum === cost ? parts : [...parts, { part: rest, quantity: null, cost_nano_usd: (cost - sum).toString() }]
}

function quantitiesOfCall({ part_counters: counters, ...call }: StoredCallRow): Readonly<Record<CostPart, number>> {
  return quantitiesOf({
    prompt: call.prompt_tokens,
    completion: call.completion_tokens,
    cacheRead: call.cache_read_tokens,
    cacheWrite: call.cache_creation_tokens,
    reasoning: call.reasoning_tokens,
    parts: {
      cacheWrite1h: counters.cache_creation_1h_tokens,
      audioInput: counters.audio_input_tokens,
      audioOutput: counters.audio_output_tokens,
      imageInput: counters.image_input_tokens,
      imageOutput: counters.image_output_tokens,
      webSearches: call.web_searches,
      serviceTier: call.service_tier,
    },
  })
}
