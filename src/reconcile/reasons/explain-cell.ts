import { type Amounts, absolute, areZero, noAmounts, quantities, scaled } from '../amounts.ts'
import { type Cell, differenceOf } from '../compare.ts'
import { type CellEvidence, takeFrom } from '../evidence.ts'
import { costAt, costBetween, type KindRates, kindsOf, longWritesOf, ratesIn, type UnitPrice } from '../rates.ts'
import { explainPrices } from './price-reasons.ts'
import { explainQuantities } from './quantity-reasons.ts'
import type { ExplainedCell, Reason } from './reasons.ts'

/** What the parts of a cost may lose by rounding, in nano-dollars. */
const roundingOfParts = 20n

/**
 * Explains the difference of a cell: first requests and tokens, then what the same tokens cost. The amounts of the
 * reasons and what is unexplained sum to the difference.
 */
export function explainCell(cell: Cell, evidence: CellEvidence, unitPrice: UnitPrice): ExplainedCell {
  const difference = differenceOf(cell)
  const explained = { place: cell.place, stated: [...cell.stated], bill: cell.bill, ledger: cell.ledger, difference }
  if (areZero(difference)) return { ...explained, reasons: [], unexplained: noAmounts }
  const { reasons, rest } = explainQuantities(cell, evidence)
  if (!cell.stated.has('cost')) return { ...explained, reasons, unexplained: rest }
  const rates = ratesIn(cell, unitPrice)
  const longOf = longWritesIn(cell, difference)
  const costOf = (all: Amounts) => costAt(rates, kindsOf(all, longOf(all)))
  const priced = reasons.map((reason) => ({ ...reason, amounts: { ...reason.amounts, cost: costOf(reason.amounts) } }))
  const costOfRest = costOf(rest)
  const gap = priced.reduce((left, { amounts }) => left - amounts.cost, difference.cost - costOfRest)
  const longExplained = reasons.reduce((sum, { amounts }) => sum + longOf(amounts), longOf(rest))
  const { all, left } = withoutRounding(priced, gap, cell.stated.has('cache_read') ? 0n : mostSaved(rates, priced))
  if (left !== 0n && hasNoQuantity(cell)) return { ...explained, ...explainCost(cell, evidence, left) }
  const prices = explainPrices({ cell, evidence, rates, unitPrice, longExplained }, left)
  return {
    ...explained,
    reasons: [...all, ...prices.reasons],
    unexplained: { ...rest, cost: costOfRest + prices.rest },
  }
}

/** Says how many of the cache writes in a part of the difference are of the longer lifetime: as many as in the whole. */
function longWritesIn(cell: Cell, { cache_write: written }: Amounts): (part: Amounts) => bigint {
  const billed = longWritesOf(cell)
  const counted = cell.ledgerLines.reduce((sum, { longWrites }) => sum + longWrites, 0n)
  const more = billed === null ? 0n : billed - counted
  const isPart = written !== 0n && absolute(more) <= absolute(written) && more > 0n === written > 0n
  return (part) => (isPart ? scaled(part.cache_write, written < 0n ? -more : more, absolute(written)) : 0n)
}

/** What the input of the last reason may have cost less, where the bill doesn't say what of it was read from a cache. */
function mostSaved(rates: KindRates, reasons: readonly Reason[]): bigint {
  const saved = costBetween(reasons.at(-1)?.amounts.input ?? 0n, rates.get('cache_read'), rates.get('input'))
  return saved > 0n ? saved : 0n
}

/** Gives what is unknown of the parts, by rounding or since caches are not stated, to the last of them. */
function withoutRounding(
  reasons: readonly Reason[],
  gap: bigint,
  saved: bigint,
): { all: readonly Reason[]; left: bigint } {
  const last = reasons.at(-1)
  const isUnknown = absolute(gap) <= roundingOfParts || (gap < 0n && -gap <= saved)
  if (last === undefined || !isUnknown) return { all: reasons, left: gap }
  const amounts = { ...last.amounts, cost: last.amounts.cost + gap }
  return { all: [...reasons.slice(0, -1), { ...last, amounts }], left: 0n }
}

/** Whether the bill states nothing but a cost, of a model that the ledger has no call of. */
function hasNoQuantity({ stated, ledgerLines }: Cell): boolean {
  return ledgerLines.length === 0 && quantities.every((measure) => !stated.has(measure))
}

function explainCost(
  _: Cell,
  { uncounted }: CellEvidence,
  cost: bigint,
): Pick<ExplainedCell, 'reasons' | 'unexplained'> {
  const calls = takeFrom(uncounted, 1_000_000_000n)
  const reason: Reason =
    calls > 0n
      ? {
          code: 'stream_without_usage',
          amounts: { ...noAmounts, cost },
          proof: `${calls} calls were answered without a usage`,
        }
      : {
          code: 'not_traced',
          amounts: { ...noAmounts, cost },
          proof: 'the ledger has no call of the model on that day',
        }
  return { reasons: [reason], unexplained: noAmounts }
}
