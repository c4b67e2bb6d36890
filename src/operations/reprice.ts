import { pricedCallOf, type StoredCall, storedCalls } from '../queries/sums/priced-calls.ts'
import type { PriceQuote } from '../settle/prices/prices.ts'
import { retryLocks } from '../store/partitions/partition.ts'
import { countRuns, mostAttempts, type ResettleOptions, resettleTraces } from '../transaction/resettle/resettle.ts'
import { addChanges, noRunChanges, type RunChanges } from '../transaction/resettle/run-changes.ts'

/** Which calls get the present prices. */
export interface RepriceTarget {
  /** Those that ended then or later, in milliseconds since 1970. */
  readonly sinceMs: number
  /** Those of these models, as `token_usage.model` has them; null: of all. */
  readonly models: readonly string[] | null
}

/** What other prices change in the calls of one model on one day. */
export interface PriceChange {
  readonly day: string
  readonly model: string
  /** Calls whose cost changes. */
  readonly calls: number
  readonly beforeNano: bigint
  readonly afterNano: bigint
  /** How many of these calls have a price for the first time, less those that lose it. */
  readonly newlyPriced: number
}

type RepriceOptions = Pick<ResettleOptions, 'database' | 'price' | 'toJson'>

/** Later than every call. */
const endOfTime = Date.UTC(2500, 0, 1)

/** Compares what calls cost with what they would by the present prices, by day and model, in that order. Writes nothing. */
export async function comparePrices(
  { database, price }: Pick<RepriceOptions, 'database' | 'price'>,
  target: RepriceTarget,
): Promise<PriceChange[]> {
  const changes = new Map<string, PriceChange>()
  for await (const calls of storedCalls(database, { ...target, untilMs: endOfTime }))
    for (const call of calls) {
      const quote = price(pricedCallOf(call))
      if (!isOther(call, quote)) continue
      const { day, model } = call
      const key = `${day} ${model}`
      const one = changes.get(key) ?? { day, model, calls: 0, beforeNano: 0n, afterNano: 0n, newlyPriced: 0 }
      changes.set(key, {
        ...one,
        calls: one.calls + 1,
        beforeNano: one.beforeNano + BigInt(call.cost),
        afterNano: one.afterNano + BigInt(quote.costNano ?? 0),
        newlyPriced: one.newlyPriced + Number(call.unpriced) - Number(quote.costNano === null),
      })
    }
  return [...changes].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, change]) => change)
}

/** Whether the present price of a call is another one, or is made of other parts. The day of the price list is no difference. */
function isOther({ cost, unpriced, parts }: StoredCall, quote: PriceQuote): boolean {
  if (BigInt(quote.costNano ?? 0) !== BigInt(cost) || unpriced !== (quote.costNano === null)) return true
  const [before, after] = [Object.entries(parts ?? {}), Object.entries(quote.parts)]
  return before.length !== after.length || after.some(([part, nano]) => parts?.[part as keyof typeof parts] !== nano)
}

/**
 * Gives calls the present prices, with their parts, the totals of their tasks and the sums of their days, each run in a
 * transaction of its own under the locks of all writers. May be interrupted: the next call goes on with what is left, and
 * changes nothing where nothing is. Returns what has changed; `onRun` is called after each transaction.
 */
export async function reprice(
  options: RepriceOptions,
  target: RepriceTarget,
  onRun: (changes: RunChanges) => void = () => {},
): Promise<RunChanges> {
  const { database, price } = options
  const sinceNs = BigInt(target.sinceMs) * 1_000_000n
  const models = target.models && new Set(target.models)
  const isRepriced: ResettleOptions['isRepriced'] = ({ endNs, model }) =>
    endNs >= sinceNs && (models === null || models.has(model))
  /** The traces of the runs that have the present prices. */
  const done = new Set<string>()
  const counted = countRuns()
  let changes = noRunChanges
  for await (const calls of storedCalls(database, { ...target, untilMs: endOfTime }))
    for (const call of calls) {
      const { trace } = call
      if (trace === null || done.has(trace) || !isOther(call, price(pricedCallOf(call)))) continue
      const settleAgain = () => resettleTraces({ ...options, isRepriced }, [trace], { all: true, counted })
      const run = await retryLocks(settleAgain, mostAttempts)
      counted.add(run)
      for (const one of [trace, ...run.traces]) done.add(one)
      changes = addChanges(changes, run.changes)
      onRun(changes)
    }
  return changes
}
