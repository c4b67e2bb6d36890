import { type Amounts, scaled } from './amounts.ts'
import { type BilledKind, billedKinds } from './bill.ts'
import type { Cell } from './compare.ts'
import type { LedgerLine } from './ledger/ledger.ts'

/** What tokens cost: so many nano-dollars for so many of them. */
export interface UnitRate {
  readonly nano: bigint
  readonly per: bigint
}

export interface PriceQuery {
  readonly model: string
  readonly provider: string | null
  readonly at: number
  readonly kind: BilledKind
  readonly tier: string | null
  /** Whether the prompt is longer than the step of the price. */
  readonly isLong: boolean
}

/** Says what the price list, or the setting `prices`, has for a token; null: nothing. */
export type UnitPrice = (query: PriceQuery) => UnitRate | null

/** Tokens by kind. */
export type KindAmounts = { readonly [Kind in BilledKind]: bigint }

/** Splits amounts into the kinds that are priced apart; `longWrites` is the part of the cache writes that lives longer. */
export function kindsOf({ input, cache_read, cache_write, output }: Amounts, longWrites: bigint): KindAmounts {
  return {
    input: input - cache_read - cache_write,
    cache_read,
    cache_write: cache_write - longWrites,
    cache_write_1h: longWrites,
    output,
  }
}

/** What tokens of each kind cost in a cell. */
export type KindRates = ReadonlyMap<BilledKind, UnitRate>

/** The rates that the ledger has used in a cell, else those of the price list, else those that the bill implies. */
export function ratesIn(cell: Cell, unitPrice: UnitPrice): KindRates {
  const rates = new Map<BilledKind, UnitRate>()
  const priced = cell.ledgerLines.filter(({ isUnpriced, costs }) => !isUnpriced && costs !== null)
  const used = usedTokens(priced)
  const implied = impliedRates(cell)
  for (const kind of billedKinds) {
    const nano = priced.reduce((sum, { costs }) => sum + costs![kind], 0n)
    const listed = cell.ledgerLines.length === 0 ? null : listedRate(cell, kind, unitPrice)
    const rate = used[kind] > 0n ? { nano, per: used[kind] } : (listed ?? implied.get(kind) ?? null)
    if (rate !== null) rates.set(kind, rate)
  }
  return rates
}

function usedTokens(lines: readonly LedgerLine[]): KindAmounts {
  const sum = { input: 0n, cache_read: 0n, cache_write: 0n, cache_write_1h: 0n, output: 0n }
  for (const { amounts, longWrites } of lines) {
    const kinds = kindsOf(amounts, longWrites)
    for (const kind of billedKinds) sum[kind] += kinds[kind]
  }
  return sum
}

/** The price of the list for the calls of a cell at the standard tier. */
export function listedRate(
  cell: Cell,
  kind: BilledKind,
  unitPrice: UnitPrice,
  { tier = null, isLong = false }: { readonly tier?: string | null; readonly isLong?: boolean } = {},
): UnitRate | null {
  const [line] = cell.ledgerLines
  const model = line?.model ?? cell.billLines.find((one) => one.model !== null)?.model ?? null
  if (model === null) return null
  return unitPrice({ model, provider: line?.provider ?? null, at: cell.place.from, kind, tier, isLong })
}

/** The unit prices that a bill implies: its cost by kind, or of all tokens alike where it states the whole only. */
export function impliedRates(cell: Cell): KindRates {
  const rates = new Map<BilledKind, UnitRate>()
  const tokens = billedTokens(cell)
  if (!cell.stated.has('cost')) return rates
  const whole = cell.billLines.filter(({ kind, amounts }) => kind === null && amounts.cost !== undefined)
  if (whole.length > 0) {
    const all = tokens.input + tokens.cache_read + tokens.cache_write + tokens.cache_write_1h + tokens.output
    if (all > 0n) for (const kind of billedKinds) rates.set(kind, { nano: cell.bill.cost, per: all })
    return rates
  }
  for (const kind of billedKinds) {
    const nano = cell.billLines.reduce((sum, line) => sum + (line.kind === kind ? (line.amounts.cost ?? 0n) : 0n), 0n)
    if (tokens[kind] > 0n) rates.set(kind, { nano, per: tokens[kind] })
  }
  return rates
}

/** The tokens that are billed, by kind: as costs state them, else as usage does. */
export function billedTokens(cell: Cell): KindAmounts {
  const long = longWritesOf(cell)
  const tokens = { ...kindsOf(cell.bill, long ?? 0n) }
  for (const kind of billedKinds) {
    const stated = cell.billLines.flatMap((line) => (line.kind === kind ? (line.quantity ?? []) : []))
    if (stated.length > 0) tokens[kind] = stated.reduce((sum, quantity) => sum + quantity, 0n)
  }
  return tokens
}

/** The cache writes of the longer lifetime; null where the bill does not state them. */
export function longWritesOf({ billLines }: Cell): bigint | null {
  const stated = billLines.flatMap(
    (line) => line.longWrites ?? (line.kind === 'cache_write_1h' ? (line.quantity ?? []) : []),
  )
  return stated.length === 0 ? null : stated.reduce((sum, quantity) => sum + quantity, 0n)
}

/** The cost of tokens, kind by kind; 0 for kinds without a rate. */
export function costAt(rates: KindRates, tokens: KindAmounts): bigint {
  let sum = 0n
  for (const kind of billedKinds) {
    const rate = rates.get(kind)
    if (rate !== undefined && rate.per > 0n) sum += scaled(tokens[kind], rate.nano, rate.per)
  }
  return sum
}

/** The difference of two rates, in nano-dollars of so many tokens. */
export function costBetween(
  tokens: bigint,
  from: UnitRate | null | undefined,
  to: UnitRate | null | undefined,
): bigint {
  if (!from || !to || from.per === 0n || to.per === 0n) return 0n
  return scaled(tokens, to.nano * from.per - from.nano * to.per, to.per * from.per)
}

/** Dollars for a million tokens, for people: `2.5`. */
export function perMillion({ nano, per }: UnitRate): string {
  if (per === 0n) return '0'
  const micros = scaled(nano, 1_000_000n, per * 1_000n)
  const digits = (micros < 0n ? -micros : micros).toString().padStart(7, '0')
  const text = `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '')
  return micros < 0n ? `-${text}` : text
}
