import type { BillingAccount, EventFact, Facts, Usage, UsageParts } from '../../map/facts/facts.ts'
import type { CostPart } from '../prices/call-cost.ts'
import type { PriceSource } from '../prices/prices.ts'

/** Where a row belongs. */
export interface RowPlace {
  /** The workflow id of its task as the tables store it. */
  readonly workflow: string
  /** The agent that was at work. */
  readonly agent: string | null
  /** The trace from which the row comes; '' for a task's own row. */
  readonly trace: string
  /** The id of the span or record from which the row comes; '' for a task's own row. */
  readonly node: string
}

/** A row of event_logs. It gets its `seq` when it is written. */
export interface EventRow {
  readonly id: string
  readonly place: RowPlace
  readonly fact: EventFact
}

/** Whole nano-dollars of each part of a cost. A cost that the sender states is one part, `stated`. */
export type BilledParts = { readonly [Part in CostPart | 'stated']?: number }

/** Where the cost of a call comes from. null in each field: an earlier version wrote the row. */
export interface RowPrice {
  readonly source: 'stated' | PriceSource | null
  /** The day of the price list, `2026-09-23`; null for other sources. */
  readonly listDate: string | null
  /** The parts of the cost; they sum to it. */
  readonly parts: BilledParts | null
}

/** A row of token_usage. Its user and call sequence follow from its task. Counters fit INTEGER; money is in whole nano-dollars. */
export interface UsageRow {
  readonly id: string
  readonly place: RowPlace
  readonly provider: string
  readonly model: string
  /** The model that was asked; null: not stated. */
  readonly requestModel: string | null
  readonly responseId: string | null
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly cacheHit: boolean
  readonly reasoning: number | null
  /** The parts that are priced apart; null: none is stated. */
  readonly parts: UsageParts | null
  /** null: none is stated. */
  readonly account: BillingAccount | null
  readonly costNano: bigint
  readonly price: RowPrice
  /** No price is known and the span states none: the cost is 0. */
  readonly unpriced: boolean
  readonly endNs: bigint
  /** null: the call has not ended, or its record states no duration. */
  readonly durationMs: number | null
  /** Why the call failed. */
  readonly error: string | null
}

/** What is unknown of a row that an earlier version wrote. */
export const unknownBill: Pick<
  UsageRow,
  'requestModel' | 'responseId' | 'reasoning' | 'parts' | 'account' | 'price' | 'durationMs' | 'error'
> = {
  requestModel: null,
  responseId: null,
  reasoning: null,
  parts: null,
  account: null,
  price: { source: null, listDate: null, parts: null },
  durationMs: null,
  error: null,
}

/**
 * A call that counts in its trace, while another trace of its workflow may report it too: coding agents report each call
 * by a span and by a record that has no trace. Which report is billed is decided for the workflow, under its lock.
 */
export interface CallReport {
  /** The id of the token_usage row that the report may become. */
  readonly id: string
  readonly place: RowPlace
  readonly source: Facts['source']
  readonly origin: string
  readonly spanKind: number
  readonly startNs: bigint
  readonly endNs: bigint
  /** As in the row. Absent in reports that an earlier version stored. */
  readonly durationMs?: number | null
  readonly error?: string | null
  /** What the report says, completed by other reports of the call in its own trace. */
  readonly usage: Usage
}

/**
 * A tool run in an attempt at an activity whose other attempts have traces of their own, because nothing above them was
 * traced. Which attempt becomes the tool's row, with its events, is decided for the workflow, under its lock.
 */
export interface AttemptReport {
  /** The id of the tool_executions row that the report may become. */
  readonly id: string
  readonly place: RowPlace
  /** The key of the tool run: the same in every attempt. */
  readonly run: string
  readonly startNs: bigint
  readonly tool: ToolRow
  readonly events: readonly EventRow[]
}

/** What a trace reports to its workflow, which knows the reports of other traces. */
export type Report = CallReport | AttemptReport

/** Whether a report is about a model call. */
export function isCall(report: Report): report is CallReport {
  return 'usage' in report
}

/** Whether a report is about an attempt at a tool run. */
export function isAttempt(report: Report): report is AttemptReport {
  return !isCall(report)
}

/**
 * A row of tool_executions. `input` is JSON text. A run that only messages report has no duration. Of several attempts
 * the row shows the last one.
 */
export interface ToolRow {
  readonly id: string
  readonly place: RowPlace
  readonly name: string
  readonly input: string | null
  readonly output: string | null
  /** null while the tool runs. */
  readonly success: boolean | null
  readonly error: string | null
  readonly durationMs: number | null
  readonly endNs: bigint
  readonly callId: string | null
  readonly attempts: number
  readonly source: 'span' | 'messages'
}

/** A row of agent_executions. `tokens` are those that count at or below the agent. */
export interface AgentRow {
  readonly id: string
  readonly place: RowPlace
  readonly name: string
  readonly input: string
  readonly output: string | null
  readonly state: 'EXECUTING' | 'COMPLETED' | 'FAILED'
  readonly tokens: number
  readonly model: string | null
  readonly durationMs: number | null
  readonly error: string | null
  readonly startNs: bigint
}

/** All rows that come from one span or record. */
export interface NodeRows {
  readonly place: RowPlace
  readonly events: readonly EventRow[]
  readonly usage: UsageRow | null
  /** What the workflow decides about instead: the usage, which another trace may report too, or the attempt at a tool run. */
  readonly report: Report | null
  readonly tools: readonly ToolRow[]
  readonly agent: AgentRow | null
}

/** The changes of rows in one table. A row whose content changed is both removed and added. */
export interface TableChanges<Row> {
  readonly added: Row[]
  readonly removed: Row[]
  /** Rows that belong to another workflow now. */
  readonly moved: Row[]
  /** Rows that stay in their workflow and belong to another agent now. Empty for events, which move then, too. */
  readonly reassigned: Row[]
}

/**
 * The changes of rows in the fact tables that one batch makes. A moved event keeps its text, which may not be in
 * memory. An event that belongs to another agent moves, so that a reader of the latest numbers sees it.
 */
export interface RowChanges {
  readonly events: TableChanges<EventRow>
  readonly usage: TableChanges<UsageRow>
  readonly tools: TableChanges<ToolRow>
  readonly agents: TableChanges<AgentRow>
  readonly reports: { readonly added: Report[]; readonly removed: Report[] }
}

/** Changes to which rows are still to be added. */
export function noRowChanges(): RowChanges {
  return {
    events: noTableChanges(),
    usage: noTableChanges(),
    tools: noTableChanges(),
    agents: noTableChanges(),
    reports: { added: [], removed: [] },
  }
}

function noTableChanges<Row>(): TableChanges<Row> {
  return { added: [], removed: [], moved: [], reassigned: [] }
}
