import { calcPrice } from '@pydantic/genai-prices'
import { unitPriceOf } from '../../../src/commands/reconcile/unit-price.ts'
import { type Amounts, amounts, noAmounts } from '../../../src/reconcile/amounts.ts'
import { type Bill, type BillLine, billLine, msPerDay } from '../../../src/reconcile/bill.ts'
import type { LedgerEvidence, LedgerLine } from '../../../src/reconcile/ledger/ledger.ts'
import { type ReconcileOptions, type Reconciliation, reconcile } from '../../../src/reconcile/reconcile.ts'
import { createPrices } from '../../../src/settle/prices/prices.ts'

/** The day on which the calls of these tests are. */
export const someDay = Date.parse('2026-11-20T00:00:00Z')
export const sonnet = 'claude-sonnet-4-5-20250929'
export const mini = 'gpt-4o-mini-2024-07-18'

/** A line of the ledger, of calls on `someDay`. `costs` are by kind, in nano-dollars. */
export function ledgerLine(
  { requests = 0, input = 0, cache_read = 0, cache_write = 0, output = 0 }: Counts,
  more: Partial<LedgerLine> = {},
): LedgerLine {
  const model = more.model ?? mini
  const [inputRate, readRate, writeRate, longRate, outputRate] = ratesOf(model)
  const longWrites = more.longWrites ?? 0n
  const counted = amounts({
    requests: BigInt(requests),
    input: BigInt(input),
    cache_read: BigInt(cache_read),
    cache_write: BigInt(cache_write),
    output: BigInt(output),
  })
  const costs = {
    input: (counted.input - counted.cache_read - counted.cache_write) * inputRate,
    cache_read: counted.cache_read * readRate,
    cache_write: (counted.cache_write - longWrites) * writeRate,
    cache_write_1h: longWrites * longRate,
    output: counted.output * outputRate,
  }
  const priced = more.isUnpriced === true ? { ...costs, input: 0n, cache_read: 0n, cache_write: 0n, output: 0n } : costs
  const cost = Object.values(priced).reduce((sum, one) => sum + one, 0n)
  return {
    at: someDay,
    began: more.at ?? someDay,
    provider: model === sonnet ? 'anthropic' : 'openai',
    model,
    tier: null,
    project: null,
    key: null,
    tenant: '',
    user: null,
    isUnpriced: false,
    isFailed: false,
    isLong: false,
    priceSource: 'list',
    amounts: { ...counted, cost },
    longWrites,
    unstatedWrites: 0n,
    costs: priced,
    webSearches: { requests: 0n, cost: 0n },
    ...more,
  }
}

export interface Counts {
  readonly requests?: number
  readonly input?: number
  readonly cache_read?: number
  readonly cache_write?: number
  readonly output?: number
}

/** Nano-dollars of a token: input, cached, written, written for an hour, output. */
function ratesOf(model: string): readonly [bigint, bigint, bigint, bigint, bigint] {
  return model === sonnet ? [3000n, 300n, 3750n, 6000n, 15000n] : [150n, 75n, 150n, 150n, 600n]
}

/** A line of usage on `someDay`. */
export function usageLine(counts: Counts, more: Partial<BillLine> = {}): BillLine {
  const counted = Object.entries(counts).map(([measure, n]) => [measure, BigInt(n)] as const)
  return billLine({
    series: 'usage',
    from: someDay,
    to: someDay + msPerDay,
    model: mini,
    amounts: Object.fromEntries(counted) as Partial<Amounts>,
    ...more,
  })
}

/** Lines of costs on `someDay` by kind, in nano-dollars. */
export function costLines(costs: Readonly<Record<string, bigint>>, more: Partial<BillLine> = {}): BillLine[] {
  return Object.entries(costs).map(([kind, cost]) =>
    billLine({
      series: 'cost',
      from: someDay,
      to: someDay + msPerDay,
      model: mini,
      kind: kind === 'whole' ? null : (kind as BillLine['kind']),
      amounts: { cost },
      ...more,
    }),
  )
}

export const noEvidence: LedgerEvidence = { lines: [], repeated: [], blocked: [], gaps: [], refused: [], calls: [] }

/** A comparison of a bill of `days` days from `someDay` on. */
export function reconciled(
  lines: readonly BillLine[],
  evidence: Partial<LedgerEvidence>,
  {
    provider = /openai|anthropic/,
    days = 1,
    ...options
  }: Partial<ReconcileOptions> & { provider?: RegExp; days?: number } = {},
): Reconciliation {
  const bill: Bill = {
    format: 'test',
    title: 'test',
    provider,
    files: [],
    lines,
    covered: [{ from: someDay, to: someDay + days * msPerDay }],
    refreshedAt: null,
    describesModels: false,
    notes: [],
  }
  return reconcile(
    bill,
    { ...noEvidence, ...evidence },
    {
      now: someDay + 30 * msPerDay,
      providers: null,
      groups: [],
      groupOf: () => null,
      nameOf: (name) => name,
      unitPrice: unitPriceOf(createPrices(calcPrice).price),
      ...options,
    },
  )
}

/** The reasons of a comparison: code → amounts that are not 0. */
export function reasonsOf({ cells }: Reconciliation): Record<string, Partial<Amounts>> {
  return Object.fromEntries(
    cells.flatMap(({ reasons }) => reasons.map(({ code, amounts: all }) => [code, withoutZeros(all)] as const)),
  )
}

export function withoutZeros(all: Amounts): Partial<Amounts> {
  return Object.fromEntries(Object.entries(all).filter(([, amount]) => amount !== 0n))
}

/** What no reason of a comparison explains. */
export function leftOf({ totals: { unexplained } }: Reconciliation): Partial<Amounts> {
  return withoutZeros(unexplained)
}

export { noAmounts }
