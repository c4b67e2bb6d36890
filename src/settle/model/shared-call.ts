import type { Usage } from '../../map/facts/facts.ts'

/** A row that a trace has for a call or tool run, whose id other rows may have too. */
export interface IdReport {
  readonly kind: 'call' | 'tool'
  /** The id of the row. */
  readonly row: string
  readonly trace: string
  /** The id of the span or record that the row comes from, and its name. */
  readonly node: string
  readonly name: string
  /** What the trace of the row is: see `tracePlace`. */
  readonly place: number
  readonly source: 'span' | 'record' | 'messages'
  readonly origin: string
  readonly spanKind: number
  readonly startNs: bigint
  /** The trust in the report of a call; 0 for a tool run. */
  readonly trust: number
  /** The usage of a call, completed by other reports in its trace; null for a tool run. */
  readonly usage: Usage | null
}

/** What the reports with one id decide about a row. */
export interface IdDecision {
  readonly id: string
  /** The span or record that the row comes from. */
  readonly node: string
  /** The report that has the row of the call or tool run instead; null where this row stays. */
  readonly better: IdReport | null
  /** The usage of a row that stays, completed by the other reports; null where they add nothing. */
  readonly usage: Usage | null
  /** The other reports of the same call or tool run. */
  readonly others: readonly IdReport[]
}

/** A response id or tool call id that several rows may have. The object is never changed. */
export interface SharedCall {
  readonly id: string
  /** The traces that mention the id, sorted. */
  readonly traces: readonly string[]
  /** The best first. Empty where more traces mention the id than a call has reports. */
  readonly reports: readonly IdReport[]
  /** By row. */
  readonly decisions: ReadonlyMap<string, IdDecision>
}
