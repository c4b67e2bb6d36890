import type { CallRow } from '../../queries/rows/call-rows.ts'
import type { StoredCallRow } from '../../queries/runs/run.ts'
import type { CallCostPart } from '../answers/span.ts'

/** A counted call as answers have it. */
export function callOf({ cost_parts: parts, ...call }: StoredCallRow): CallRow {
  return {
    ...call,
    cost_parts:
      parts === null ? null : Object.fromEntries(Object.entries(parts).map(([part, nano]) => [part, String(nano)])),
  }
}

/** The parts of what a call cost, with what there was of each; they sum to its cost. */
export function costPartsOf(call: StoredCallRow): CallCostPart[] {
  const parts = Object.entries(call.cost_parts ?? {})
  if (parts.length === 0) return call.cost_nano_usd === '0' ? [] : [whole(call)]
  const sum = parts.reduce((total, [, nano]) => total + BigInt(nano), 0n)
  const cost = BigInt(call.cost_nano_usd)
  const shown = parts.map(([part, nano]) => ({ part, quantity: quantityOf(part, call), cost_nano_usd: String(nano) }))
  // prices that were set by hand in the row have no parts
  return sum === cost ? shown : [...shown, { part: 'other', quantity: null, cost_nano_usd: (cost - sum).toString() }]
}

function whole({ cost_nano_usd, price_source }: StoredCallRow): CallCostPart {
  return { part: price_source === 'stated' ? 'stated' : 'whole', quantity: null, cost_nano_usd }
}

function quantityOf(part: string, call: StoredCallRow): number | null {
  if (part === 'input') return call.prompt_tokens - call.cache_read_tokens - call.cache_creation_tokens
  if (part === 'output')
    return call.completion_tokens - (call.cost_parts?.reasoning === undefined ? 0 : (call.reasoning_tokens ?? 0))
  if (part === 'cache_read') return call.cache_read_tokens
  if (part === 'cache_write') return call.cache_creation_tokens
  if (part === 'reasoning') return call.reasoning_tokens
  if (part === 'web_search') return call.web_searches
  return null
}
