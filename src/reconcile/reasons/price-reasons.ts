import { absolute, noAmounts, sumOf } from '../amounts.ts'
import { type BilledKind, billedKinds, dayText } from '../bill.ts'
import type { Cell } from '../compare.ts'
import {
  costAt,
  costBetween,
  impliedRates,
  type KindAmounts,
  type KindRates,
  kindsOf,
  listedRate,
  longWritesOf,
  perMillion,
} from '../rates.ts'
import { explains, type PriceContext, type PricePart, tokensOf } from './price-context.ts'
import { callsText } from './quantity-reasons.ts'
import type { Reason } from './reasons.ts'
import { tierReason } from './tier-reasons.ts'

/** Reasons for a gap of price, and what of it they leave, in nano-dollars. */
export interface PriceReasons {
  readonly reasons: readonly Reason[]
  readonly rest: bigint
}

/**
 * Finds out why the same tokens cost another amount. `gap` is what the bill asks more than the ledger's prices would for
 * the billed tokens. Each step explains what the earlier ones have left.
 */
export function explainPrices(context: PriceContext, gap: bigint): PriceReasons {
  const reasons: Reason[] = []
  let rest = gap
  for (const step of [discount, unpriced, priority, blocked, tierReason, cacheLifetime, longContext, otherPrice]) {
    if (rest === 0n) break
    const part = step(context, rest)
    if (part === null || part.cost === 0n) continue
    const { cost, ...reason } = part
    reasons.push({ ...reason, amounts: { ...noAmounts, cost } })
    rest -= cost
  }
  return { reasons, rest }
}

function discount({ cell: { billLines } }: PriceContext): PricePart | null {
  const lines = billLines.filter(({ listCost }) => listCost !== null)
  if (lines.length === 0) return null
  const list = lines.reduce((sum, { listCost }) => sum + listCost!, 0n)
  const net = lines.reduce((sum, { amounts }) => sum + (amounts.cost ?? 0n), 0n)
  const percent = list === 0n ? '' : ` (${perMillion({ nano: (net - list) * 100_000n, per: list })} %)`
  return {
    code: 'discount_or_credit',
    cost: net - list,
    proof: `the bill states its list price, too: it asks less or more than that${percent}`,
  }
}

function unpriced({ cell, rates }: PriceContext, gap: bigint): PricePart | null {
  const lines = cell.ledgerLines.filter(({ isUnpriced }) => isUnpriced)
  if (lines.length === 0) return null
  const all = sumOf(lines.map(({ amounts }) => amounts))
  const isWhole = lines.length === cell.ledgerLines.length
  const cost = isWhole ? gap : costAt(rates, tokensOf(lines))
  const proof = `no price was known for ${callsText(all.requests)} of the ledger (${all.input + all.output} tokens)`
  return { code: 'unpriced_model', cost, proof, ...closing(cell) }
}

function priority({ cell }: PriceContext, gap: bigint): PricePart | null {
  const lines = cell.ledgerLines.filter(
    ({ tier, provider }) => provider === 'anthropic' && /^priority/i.test(tier ?? ''),
  )
  const all = sumOf(lines.map(({ amounts }) => amounts))
  if (!explains(gap, -all.cost)) return null
  return {
    code: 'priority_not_in_cost',
    cost: -all.cost,
    proof: `${callsText(all.requests)} of the ledger were of the priority tier, which no cost report has`,
  }
}

function blocked({ evidence }: PriceContext, gap: bigint): PricePart | null {
  const { requests, cost } = evidence.blocked
  if (!explains(gap, -cost)) return null
  return {
    code: 'blocked_not_billed',
    cost: -cost,
    proof: `${callsText(requests)} of the ledger ended with the finish reason refusal`,
  }
}

function cacheLifetime({ cell, unitPrice, rates, longExplained }: PriceContext, gap: bigint): PricePart | null {
  const short = rates.get('cache_write') ?? listedRate(cell, 'cache_write', unitPrice)
  const long = listedRate(cell, 'cache_write_1h', unitPrice)
  const counted = cell.ledgerLines.reduce((sum, { longWrites }) => sum + longWrites, 0n)
  const unstated = cell.ledgerLines.reduce((sum, { unstatedWrites }) => sum + unstatedWrites, 0n)
  const billed = longWritesOf(cell)
  const more = billed === null ? unstated : billed - counted - longExplained
  const effect = costBetween(more, short, long)
  if (!explains(gap, effect)) return null
  const proof =
    billed === null
      ? `the spans state no lifetime for ${unstated} tokens written to the cache, and the gap is that of one hour`
      : `${billed} tokens written for an hour on the bill, ${counted} in the ledger (${unstated} without a lifetime)`
  return { code: 'cache_lifetime', cost: effect, proof }
}

function longContext({ cell, unitPrice, rates }: PriceContext, gap: bigint): PricePart | null {
  const lines = cell.ledgerLines.filter(({ isLong }) => isLong)
  const counted = tokensOf(lines)
  const billedLong = cell.billLines.filter(({ isLong }) => isLong === true)
  const billed = kindsOf(sumOf(billedLong.map(({ amounts }) => ({ ...noAmounts, ...amounts, cost: 0n }))), 0n)
  const effectOf = (tokens: KindAmounts, from: (kind: BilledKind) => ReturnType<typeof listedRate>) =>
    billedKinds.reduce(
      (sum, kind) => sum + costBetween(tokens[kind], from(kind), listedRate(cell, kind, unitPrice, { isLong: true })),
      0n,
    )
  const more = Object.fromEntries(billedKinds.map((kind) => [kind, billed[kind] - counted[kind]])) as KindAmounts
  const usesOwn = lines.some(({ priceSource }) => priceSource === 'own')
  const effect = usesOwn
    ? effectOf(counted, (kind) => rates.get(kind) ?? null)
    : billedLong.length > 0
      ? effectOf(more, (kind) => listedRate(cell, kind, unitPrice))
      : 0n
  if (!explains(gap, effect)) return null
  const calls = sumOf(lines.map(({ amounts }) => amounts)).requests
  const source = usesOwn ? '; the setting `prices` has one price for all prompts' : ''
  return {
    code: 'long_context',
    cost: effect,
    proof: `${callsText(calls)} of the ledger have a prompt of more than 200,000 tokens${source}`,
  }
}

/** Providers round each line; the ledger does it for each call. */
const roundingOfLine = 500n

function otherPrice({ cell, rates }: PriceContext, gap: bigint): PricePart | null {
  const lines = cell.billLines.filter(({ amounts }) => amounts.cost !== undefined).length
  if (absolute(gap) <= roundingOfLine * BigInt(lines))
    return { code: 'rounding', cost: gap, proof: `the bill has ${lines} lines, each rounded` }
  const implied = impliedRates(cell)
  if (implied.size === 0 || cell.ledgerLines.length === 0) return null
  const isWhole = cell.billLines.some(({ kind, amounts }) => kind === null && amounts.cost !== undefined)
  const texts = isWhole ? [ratioText(cell, gap)] : billedKinds.flatMap((kind) => differing(kind, implied, rates))
  if (texts.length === 0) return null
  const proof = isWhole ? texts[0]! : `dollars a million tokens, bill against ledger: ${texts.join(', ')}`
  return { code: 'price_differs', cost: gap, proof, ...closing(cell) }
}

function ratioText({ bill }: Cell, gap: bigint): string {
  const percent = perMillion({ nano: gap * 100_000n, per: bill.cost - gap === 0n ? 1n : bill.cost - gap })
  return `the bill asks ${percent} % more than the ledger's prices do for its tokens`
}

function differing(kind: BilledKind, implied: KindRates, rates: KindRates): string[] {
  const [billed, used] = [implied.get(kind), rates.get(kind)]
  if (billed === undefined || used === undefined) return []
  const [one, other] = [perMillion(billed), perMillion(used)]
  return one === other ? [] : [`${kind} ${one} against ${other}`]
}

/** The line for the setting `prices` that has the prices of the bill, and the command that gives them to these calls. */
function closing(cell: Cell): { close?: string } {
  const implied = impliedRates(cell)
  const model = cell.ledgerLines[0]?.model ?? cell.place.model
  const isWhole = cell.billLines.some(({ kind, amounts }) => kind === null && amounts.cost !== undefined)
  const input = implied.get('input')
  if (isWhole || model === null || input === undefined) return {}
  const names = { input: 'input', output: 'output', cache_read: 'cached', cache_write: 'cache_write' } as const
  const prices = Object.entries(names).flatMap(([kind, name]) => {
    const rate = implied.get(kind as BilledKind)
    return rate === undefined ? [] : [`${name}: ${perMillion(rate)}`]
  })
  const models = [...new Set(cell.ledgerLines.map((line) => line.model))].sort()
  const reprice =
    models.length === 0
      ? ''
      : `; then: spanledger reprice --since ${dayText(cell.place.from)} --model ${models.join(' ')}`
  return { close: `prices: {${JSON.stringify(model)}: {${prices.join(', ')}}}${reprice}` }
}
