import type { Measure } from './amounts.ts'

/** The kinds of tokens that bills price apart. Their quantities do not overlap. */
export const billedKinds = ['input', 'cache_read', 'cache_write', 'cache_write_1h', 'output'] as const

export type BilledKind = (typeof billedKinds)[number]

/** Why a line of a bill is listed apart and compared with nothing. */
export type ApartReason = 'not_tokens' | 'other_product' | 'discount_or_credit'

/** A line of a bill. What it does not state is null. */
export interface BillLine {
  /** Lines of `usage` and of `cost` state the same calls; `calls` are single requests, with both. */
  readonly series: 'usage' | 'cost' | 'calls'
  /** When it begins and, exclusive, ends, in milliseconds since 1970. A single request begins and ends at once. */
  readonly from: number
  readonly to: number
  readonly model: string | null
  readonly project: string | null
  readonly key: string | null
  readonly user: string | null
  readonly tier: string | null
  /** Whether the prompt was longer than the step of the price. */
  readonly isLong: boolean | null
  readonly amounts: { readonly [M in Measure]?: bigint }
  /** The part of `cache_write` that lives longer than the shortest lifetime. */
  readonly longWrites: bigint | null
  /** What the cost is for; null: for the whole call. */
  readonly kind: BilledKind | null
  /** How many tokens the cost is for, where a line of `kind` states it. */
  readonly quantity: bigint | null
  /** The cost before discounts, in nano-dollars. */
  readonly listCost: bigint | null
  /** The id of the request or of its response, where the line is one. */
  readonly id: string | null
  readonly apart: ApartReason | null
  /** What a line that is listed apart is for. */
  readonly label: string | null
}

/** A line that states nothing but what is given. */
export function billLine(stated: Partial<BillLine> & Pick<BillLine, 'series' | 'from' | 'to'>): BillLine {
  return { ...nothingStated, ...stated }
}

const nothingStated: Omit<BillLine, 'series' | 'from' | 'to'> = {
  model: null,
  project: null,
  key: null,
  user: null,
  tier: null,
  isLong: null,
  amounts: {},
  longWrites: null,
  kind: null,
  quantity: null,
  listCost: null,
  id: null,
  apart: null,
  label: null,
}

/** What the files say of one provider, with what must be known to compare it. */
export interface Bill {
  readonly format: string
  readonly title: string
  /** Which providers of the ledger are on the bill; null: all. */
  readonly provider: RegExp | null
  readonly files: readonly string[]
  readonly lines: readonly BillLine[]
  /** The times that the bill covers, sorted; lines or not. */
  readonly covered: readonly TimeRange[]
  /** Until when the provider says that it knows all; null: it doesn't say. */
  readonly refreshedAt: number | null
  /** Whether its models are descriptions such as `Gemini 2.5 Flash`, and not ids. */
  readonly describesModels: boolean
  /** What is worth knowing and changes nothing. */
  readonly notes: readonly string[]
}

/** A span of time in milliseconds since 1970, its end exclusive. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

export const msPerDay = 86_400_000

/** Joins spans that touch or overlap; the result is sorted. */
export function joinedSpans(spans: readonly TimeRange[]): TimeRange[] {
  const joined: TimeRange[] = []
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = joined.at(-1)
    if (last === undefined || span.from > last.to) joined.push(span)
    else if (span.to > last.to) joined[joined.length - 1] = { from: last.from, to: span.to }
  }
  return joined
}

/** The day in UTC, `2026-11-20`. */
export function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
