import type { Columnar } from './common.ts'

export type HealthState = 'good' | 'look' | 'bad'

/** A number with what it means. */
export interface HealthItem {
  /** `received`, `committed`, `duplicate`, `unrelated`, `refused`, `given_back`, `lag`, `partitions_ahead`, `prices_age`, … */
  readonly name: string
  readonly state: HealthState
  readonly value: number | null
  readonly unit: 'spans' | 'seconds' | 'months' | 'days' | 'runs' | 'bytes' | ''
  readonly meaning: string
  /** What to do; '' where nothing is to be done. */
  readonly advice: string
}

export interface HealthSummary {
  readonly state: HealthState
  readonly items: readonly HealthItem[]
}

/** GET /api/health */
export interface HealthAnswer extends HealthSummary {
  /** received = committed + duplicate + unrelated + refused + given_back; null where this credential may not see them. */
  readonly spans: {
    readonly received: number
    readonly committed: number
    readonly duplicate: number
    readonly unrelated: number
    readonly refused: number
    readonly given_back: number
  } | null
  /** Whose `spans` are: this tenant's alone (`metrics_tenants`), or all that the receiver has taken since it started. */
  readonly spans_of: 'tenant' | 'receiver' | 'none'
  /** When the counting began. */
  readonly since: string
  readonly dialects: readonly { readonly dialect: string; readonly spans: number }[]
  readonly refused_kept: number
}

/** A refused span or log record. */
export interface RefusedRow {
  readonly id: string
  readonly signal: 'traces' | 'logs'
  readonly trace: string
  readonly span: string
  readonly name: string
  /** A slug. */
  readonly reason: string
  readonly message: string
  readonly times: number
  readonly first_at: string
  readonly last_at: string
  /** 0: the bytes weren't kept, and it can't be sent again. */
  readonly bytes: number
}

/** GET /api/refused?limit= */
export interface RefusedAnswer extends Columnar<RefusedRow> {
  readonly more: boolean
  readonly sql: string
}

/** GET /api/refused/{id} */
export interface RefusedOneAnswer {
  readonly refused: RefusedRow
  /** The OTLP request as JSON text, for people; null where its bytes weren't kept. */
  readonly content: string | null
  readonly sql: string
}

/** POST /api/refused/{id}/retry */
export interface RetryAnswer {
  readonly id: string
  readonly taken: boolean
  /** Why it was refused again; null where it was taken. */
  readonly reason: string | null
}
