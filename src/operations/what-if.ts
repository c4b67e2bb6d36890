import { pricedCallOf, type StoredCall, storedCalls } from '../queries/sums/priced-calls.ts'
import type { PricedCall, PriceLookup } from '../settle/prices/prices.ts'
import type { Database } from '../store/database.ts'

/** What is imagined of calls. */
export interface Supposition {
  /** Model → the model that would have been asked in its place, with the same tokens. */
  readonly models: ReadonlyMap<string, string>
  /** The service tier of all calls; null: as it was. */
  readonly tier: string | null
  /** Nothing would have been read from a provider's cache or written to it. */
  readonly noCache: boolean
}

/** The calls of one model, as they were and as they might have been. */
export interface SupposedCost {
  readonly model: string
  /** The model in its place; the same where none is. */
  readonly instead: string
  readonly calls: number
  readonly tokens: number
  readonly costNano: bigint
  readonly supposedNano: bigint
  /** Calls for which no price would be known. */
  readonly unpriced: number
}

/** A time in milliseconds since 1970. */
interface Period {
  readonly sinceMs: number
  readonly untilMs: number
}

/**
 * Sums up by model what the calls of a time cost, and what they would have cost otherwise, by the prices of their days.
 * Changes nothing. Calls that the supposition does not concern cost what they cost; a call whose cost its sender states
 * is left out, since no price makes it.
 */
export async function supposeCosts(
  { database, price }: { readonly database: Database; readonly price: PriceLookup },
  { sinceMs, untilMs }: Period,
  supposition: Supposition,
): Promise<SupposedCost[]> {
  const sums = new Map<string, SupposedCost>()
  for await (const calls of storedCalls(database, { sinceMs, untilMs, models: null }))
    for (const call of calls) {
      const { model } = call
      const instead = insteadOf(call, supposition) ?? model
      const nothing = { model, instead, calls: 0, tokens: 0, costNano: 0n, supposedNano: 0n, unpriced: 0 }
      const sum = sums.get(model) ?? nothing
      const { costNano } = supposedCost(call, supposition, price)
      sums.set(model, {
        ...sum,
        calls: sum.calls + 1,
        tokens: sum.tokens + call.prompt + call.completion,
        costNano: sum.costNano + BigInt(call.cost),
        supposedNano: sum.supposedNano + (costNano ?? 0n),
        unpriced: sum.unpriced + Number(costNano === null),
      })
    }
  return [...sums.values()].sort((a, b) =>
    a.costNano === b.costNano ? (a.model < b.model ? -1 : 1) : a.costNano > b.costNano ? -1 : 1,
  )
}

function insteadOf({ model, requestModel }: StoredCall, { models }: Supposition): string | undefined {
  return models.get(model) ?? (requestModel === null ? undefined : models.get(requestModel))
}

function supposedCost(
  row: StoredCall,
  supposition: Supposition,
  price: PriceLookup,
): { readonly costNano: bigint | null } {
  const { tier, noCache } = supposition
  const instead = insteadOf(row, supposition)
  const hasCache = (row.cacheRead ?? 0) + (row.cacheWrite ?? 0) > 0
  const isConcerned = instead !== undefined || (noCache && hasCache) || (tier !== null && row.serviceTier !== tier)
  if (!isConcerned) return { costNano: row.unpriced ? null : BigInt(row.cost) }
  const call = pricedCallOf(row)
  const supposed: PricedCall = {
    ...call,
    ...(noCache && { cacheRead: 0, cacheWrite: 0 }),
    ...(instead !== undefined && { provider: null, model: instead, responseModel: instead }),
    parts: {
      ...call.parts!,
      ...(noCache && { cacheWrite1h: 0 }),
      ...(tier !== null && { serviceTier: tier }),
    },
  }
  const { costNano } = price(supposed)
  return { costNano: costNano === null ? null : BigInt(costNano) }
}
