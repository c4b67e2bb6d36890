import type { Amounts } from '../amounts.ts'
import type { CellPlace } from '../compare.ts'

/** Why a bill and the ledger differ. */
export const reasonCodes = {
  not_traced: 'calls that no span reported',
  stream_without_usage: 'calls that were answered and of which nothing says what they used',
  failed_but_billed: 'calls that failed in the app and were billed',
  failed_not_billed: 'calls that failed, with tokens, and were not billed',
  refused_spans: 'spans that were refused',
  cut_off: 'calls that may be counted twice, since what is above them never came',
  double_count_suspected: 'calls that may be counted twice',
  unaccounted_tokens: "tokens that an agent's sum claims and no call accounts for",
  cache_unreported: 'cached tokens that no span states, in calls that are there',
  edge_of_day: 'calls that crossed midnight',
  unpriced_model: 'calls for which the ledger has no price',
  tier_or_batch: 'another service tier, or a batch',
  cache_lifetime: 'cache writes that live longer',
  long_context: 'long prompts, whose tokens cost more',
  discount_or_credit: 'a discount on the list price',
  priority_not_in_cost: 'calls of the priority tier, which is paid ahead',
  blocked_not_billed: 'calls that the safety filter stopped, which are not billed',
  price_differs: 'another price',
  rounding: 'rounding on the bill',
} as const

export type ReasonCode = keyof typeof reasonCodes

/** A reason for a part of a difference. The amounts of all reasons and what is unexplained sum to the difference. */
export interface Reason {
  readonly code: ReasonCode
  readonly amounts: Amounts
  /** What in the ledger or on the bill proves it. */
  readonly proof: string
  /** The setting or command that would close the difference. */
  readonly close?: string
}

/** A cell whose difference is explained as far as it can be. */
export interface ExplainedCell {
  readonly place: CellPlace
  readonly stated: readonly (keyof Amounts)[]
  readonly bill: Amounts
  readonly ledger: Amounts
  readonly difference: Amounts
  readonly reasons: readonly Reason[]
  readonly unexplained: Amounts
}
