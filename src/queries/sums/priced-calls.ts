import type { UsageParts } from '../../map/facts/facts.ts'
import type { BilledParts } from '../../settle/model/rows.ts'
import type { PricedCall } from '../../settle/prices/prices.ts'
import type { Database } from '../../store/database.ts'
import { readOnly } from '../read-only.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'

/** A row of `token_usage` whose cost is a price: what the price depends on, and the cost as it is. */
export interface StoredCall extends UsageParts {
  readonly id: string
  /** When it ended, as the database writes it, and in microseconds since 1970. */
  readonly at: string
  readonly endUs: string
  /** The day of that in UTC. */
  readonly day: string
  readonly trace: string | null
  readonly provider: string
  readonly model: string
  readonly requestModel: string | null
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number | null
  readonly cacheWrite: number | null
  readonly reasoning: number | null
  /** Whole nano-dollars, as text. */
  readonly cost: string
  readonly unpriced: boolean
  readonly source: string | null
  readonly parts: BilledParts | null
}

/** Which calls are read. */
export interface CallFilter {
  readonly sinceMs: number
  readonly untilMs: number
  /** null: all. */
  readonly models: readonly string[] | null
}

/** Reads the calls whose cost is a price and is not stated, page by page, in the order of time. */
export async function* storedCalls(
  database: Database,
  { sinceMs, untilMs, models }: CallFilter,
): AsyncGenerator<readonly StoredCall[]> {
  for (let last: StoredCall | undefined, isFirst = true; isFirst || last !== undefined; isFirst = false) {
    const place = [last?.at ?? null, last?.id ?? null]
    const rows = await readOnly(database, async (session) => {
      await session.query("set local timezone = 'UTC'")
      return session.query<StoredCall>(queryStatement('priced_calls'), [
        ...[timeOf(sinceMs), timeOf(untilMs), ...place],
        models,
      ])
    })
    if (rows.length > 0) yield rows
    last = rows.at(-1)
  }
}

/** Counts the calls of a time whose cost their sender states: no price makes it. */
export async function countStatedCalls(
  database: Database,
  { sinceMs, untilMs }: Omit<CallFilter, 'models'>,
): Promise<number> {
  const [row] = await readOnly(database, (session) =>
    session.query<{ readonly calls: number }>(queryStatement('stated_calls'), [timeOf(sinceMs), timeOf(untilMs)]),
  )
  return row!.calls
}

const unknown = 'unknown'

/** Returns a stored call as it is priced. */
export function pricedCallOf(row: StoredCall): PricedCall {
  const { cacheWrite1h, audioInput, audioOutput, imageInput, imageOutput, webSearches, serviceTier } = row
  return {
    prompt: row.prompt,
    completion: row.completion,
    cacheRead: row.cacheRead,
    cacheWrite: row.cacheWrite,
    reasoning: row.reasoning,
    parts: { cacheWrite1h, audioInput, audioOutput, imageInput, imageOutput, webSearches, serviceTier },
    provider: row.provider === unknown ? null : row.provider,
    model: row.requestModel,
    responseModel: row.model === unknown ? null : row.model,
    endNs: BigInt(row.endUs) * 1000n,
  }
}
