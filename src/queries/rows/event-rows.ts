/** An event of a run. */
export interface RunEventRow {
  readonly seq: string
  readonly id: string
  readonly timestamp: string
  readonly type: string
  readonly agent: string | null
  readonly message: string | null
  readonly trace_id: string | null
  readonly span_id: string | null
}
