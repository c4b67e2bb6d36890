import { absolute, sumOf } from '../amounts.ts'
import type { Cell } from '../compare.ts'
import type { CellEvidence } from '../evidence.ts'
import type { LedgerLine } from '../ledger/ledger.ts'
import { type KindAmounts, type KindRates, kindsOf, type UnitPrice } from '../rates.ts'
import type { ReasonCode } from './reasons.ts'

/** What is known when a gap of price is to be explained. */
export interface PriceContext {
  readonly cell: Cell
  readonly evidence: CellEvidence
  readonly rates: KindRates
  readonly unitPrice: UnitPrice
  /** Tokens of the longer cache lifetime that missing calls wrote: their cost is explained. */
  readonly longExplained: bigint
}

/** A reason for a part of a gap of price. */
export interface PricePart {
  readonly code: ReasonCode
  readonly cost: bigint
  readonly proof: string
  readonly close?: string
}

/** Whether an effect explains nine tenths of itself: more than that would be chance. */
export function explains(gap: bigint, effect: bigint): boolean {
  return effect !== 0n && 10n * (absolute(gap) - absolute(gap - effect)) >= 9n * absolute(effect)
}

/** The tokens of lines of the ledger, by kind. */
export function tokensOf(lines: readonly LedgerLine[]): KindAmounts {
  const long = lines.reduce((sum, { longWrites }) => sum + longWrites, 0n)
  return kindsOf(sumOf(lines.map(({ amounts }) => amounts)), long)
}
