import { absolute, noAmounts, sumOf } from '../amounts.ts'
import { billedKinds } from '../bill.ts'
import type { Cell } from '../compare.ts'
import { billedTokens, costBetween, kindsOf, listedRate } from '../rates.ts'
import { explains, type PriceContext, type PricePart } from './price-context.ts'

/** The tokens of a tier on both sides, where the bill states them; else a gap that is just that of a tier. */
export function tierReason(context: PriceContext, gap: bigint): PricePart | null {
  const { cell, unitPrice } = context
  const hasTiers = cell.billLines.some((line) => line.tier !== null && line.amounts.input !== undefined)
  if (!hasTiers) return impliedTier(context, gap)
  const names = new Set([...cell.billLines, ...cell.ledgerLines].flatMap((line) => line.tier ?? []))
  let effect = 0n
  const proofs: string[] = []
  for (const name of names) {
    const billed = sumOf(
      cell.billLines.filter((line) => line.tier === name).map(({ amounts }) => ({ ...noAmounts, ...amounts })),
    )
    const counted = sumOf(cell.ledgerLines.filter((line) => line.tier === name).map(({ amounts }) => amounts))
    const more = kindsOf({ ...billed, cost: 0n }, 0n)
    const fewer = kindsOf({ ...counted, cost: 0n }, 0n)
    let cost = 0n
    for (const kind of billedKinds)
      cost += costBetween(
        more[kind] - fewer[kind],
        listedRate(cell, kind, unitPrice),
        listedRate(cell, kind, unitPrice, { tier: name }),
      )
    if (cost === 0n) continue
    effect += cost
    proofs.push(
      `${billed.input + billed.output} tokens of the tier ${name} on the bill, ${counted.input + counted.output} in the ledger`,
    )
  }
  return explains(gap, effect) ? { code: 'tier_or_batch', cost: effect, proof: proofs.join('; ') } : null
}

function impliedTier({ cell, unitPrice, rates }: PriceContext, gap: bigint): PricePart | null {
  const tokens = billedTokens(cell)
  const names = new Set(cell.billLines.flatMap((line) => line.tier ?? []))
  const tried = names.size > 0 ? names : new Set(['batch', 'priority'])
  for (const name of tried) {
    let effect = 0n
    for (const kind of billedKinds)
      effect += costBetween(tokens[kind], rates.get(kind), listedRate(cell, kind, unitPrice, { tier: name }))
    if (effect === 0n || absolute(gap - effect) > absolute(effect) / 100n) continue
    const source =
      names.size > 0 ? `the bill names the tier ${name}` : `what the bill asks is the price of the tier ${name}`
    return { code: 'tier_or_batch', cost: effect, proof: `${source}; the spans state ${tiersText(cell)}` }
  }
  return null
}

function tiersText({ ledgerLines }: Cell): string {
  const names = [...new Set(ledgerLines.map((line) => line.tier ?? 'none'))]
  return names.length === 0 ? 'none' : names.join(', ')
}
