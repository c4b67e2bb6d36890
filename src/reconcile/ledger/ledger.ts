import type { Amounts } from '../amounts.ts'
import type { BilledKind } from '../bill.ts'

/** The calls of the ledger that have all of this in common. */
export interface LedgerLine {
  /** The hour or day in which the calls ended, and that in which they began, in milliseconds since 1970. */
  readonly at: number
  readonly began: number
  readonly provider: string
  readonly model: string
  readonly tier: string | null
  readonly project: string | null
  readonly key: string | null
  readonly tenant: string | null
  readonly user: string | null
  readonly isUnpriced: boolean
  readonly isFailed: boolean
  /** Whether the prompt has more than 200,000 tokens. */
  readonly isLong: boolean
  /** `stated`, `list`, `own`, `free`, `none`; '' in rows of an earlier version. */
  readonly priceSource: string
  /** Without web searches, which bills list as calls of a tool. */
  readonly amounts: Amounts
  readonly longWrites: bigint
  /** Cache writes of which no lifetime is stated. */
  readonly unstatedWrites: bigint
  /** The cost by kind, in nano-dollars; null where a sender states the cost as a whole. */
  readonly costs: { readonly [Kind in BilledKind]: bigint } | null
  readonly webSearches: { readonly requests: bigint; readonly cost: bigint }
}

/** A time, a provider and a model, with the calls that are proven to have something peculiar. */
export interface ProvenCalls {
  readonly at: number
  readonly provider: string
  readonly model: string
  readonly amounts: Amounts
}

/** How many calls of a model on a day are in no sum of the ledger, or how many tokens. */
export interface KnownGap {
  readonly at: number
  readonly what: 'uncounted' | 'unaccounted' | 'cut_off' | 'failed'
  readonly model: string
  readonly calls: bigint
  readonly tokens: bigint
}

/** A call with the id of its response. */
export interface IdentifiedCall extends ProvenCalls {
  readonly id: string
}

/** All that the ledger knows of a time, for a comparison with a bill. */
export interface LedgerEvidence {
  readonly lines: readonly LedgerLine[]
  /** Calls that share a response id, or counters and time, with another one. */
  readonly repeated: readonly ProvenCalls[]
  /** Calls that a safety filter stopped. */
  readonly blocked: readonly ProvenCalls[]
  readonly gaps: readonly KnownGap[]
  /** How many spans and records were refused, by day. */
  readonly refused: readonly { readonly at: number; readonly spans: bigint }[]
  /** Read for exports that state single requests. */
  readonly calls: readonly IdentifiedCall[]
}
