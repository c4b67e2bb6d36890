import type { CallRow, ToolRunRow } from '../../queries/rows/call-rows.ts'
import type { SpanReasonCode } from './tree.ts'

/** A part of what a call used and cost. */
export interface CallCostPart {
  /** `input`, `cache_read`, `output`, `web_search`, … as in `token_usage.cost_parts`; `stated` or `other`: what those don't say. */
  readonly part: string
  /** Tokens, or searches; null where the part states no quantity. */
  readonly quantity: number | null
  readonly cost_nano_usd: string
}

/** A message of a prompt or an answer. Texts are of senders: they are shown as text, never as HTML. */
export interface Message {
  readonly role: string
  /** Whether it was asked (`input`) or answered (`output`). */
  readonly from: 'input' | 'output'
  readonly parts: readonly MessagePart[]
}

export type MessagePart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'reasoning'; readonly text: string }
  | { readonly type: 'tool_call'; readonly id: string; readonly name: string; readonly arguments: string }
  | { readonly type: 'tool_result'; readonly id: string; readonly result: string }
  | { readonly type: 'other'; readonly text: string }

/** GET /api/workflows/{id}/spans/{trace}/{span} */
export interface SpanAnswer {
  readonly trace_id: string
  readonly span_id: string
  readonly parent_span_id: string | null
  readonly source: 'span' | 'record'
  readonly name: string
  readonly kind: string
  readonly dialect: string
  readonly outcome: string
  readonly service: string
  readonly scope: string
  readonly error: string | null
  readonly started_at: string
  /** null while it runs. */
  readonly ended_at: string | null
  readonly duration_ms: number | null
  readonly workflow_id: string | null
  /** Each a sentence; the first says whether it counts, and why. */
  readonly reasons: readonly string[]
  readonly counted: boolean
  readonly reason: SpanReasonCode
  /** What the span reports. */
  readonly reported: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly role: string
    readonly normal_form: string
  } | null
  /** Its row of `token_usage`. */
  readonly call: CallRow | null
  /** Their costs sum to `call.cost_nano_usd`, and their tokens to `call.total_tokens`; in the order of a bill. */
  readonly cost_parts: readonly CallCostPart[]
  readonly tools: readonly ToolRunRow[]
  readonly agent: string | null
  /** `table what`: the rows that it made, as `spanledger explain` prints them. */
  readonly rows: readonly string[]
  readonly messages: readonly Message[]
  /** The attributes as the event keeps them (`payload.attributes`), cut to `payload_bytes`; null where none are kept. */
  readonly attributes: Readonly<Record<string, unknown>> | null
  readonly unread_usage: readonly string[]
  readonly sql: string
}
