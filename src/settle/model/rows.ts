import type { EventFact, Facts, Usage } from '../../map/facts/facts.ts'

/**
 * Where a row belongs: its task's workflow id as the tables store it, and the agent at work; and whose row it is: the
 * span or record `node` of `trace`, '' for a task's own.
 */
export interface RowPlace {
  readonly workflow: string
  readonly agent: string | null
  readonly trace: string
  readonly node: string
}

/** A row of event_logs; its `seq` is given when it is written. */
export interface EventRow {
  readonly id: string
  readonly place: RowPlace
  readonly fact: EventFact
}

/** A row of token_usage; user and sequence follow from its task. Counters fit INTEGER, money is whole nano-dollars. */
export interface UsageRow {
  readonly id: string
  readonly place: RowPlace
  readonly provider: string
  readonly model: string
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly cacheHit: boolean
  readonly costNano: bigint
  /** No price is known and none was stated: the cost is 0. */
  readonly unpriced: boolean
  readonly endNs: bigint
}

/**
 * A call that counts in its trace while another trace of its workflow may tell of it too: coding agents report each
 * call by a span and by a record that has no trace. Which of them is billed is decided for the workflow, under its lock.
 */
export interface CallReport {
  /** Of the token_usage row that it may become. */
  readonly id: string
  readonly place: RowPlace
  readonly source: Facts['source']
  readonly origin: string
  readonly spanKind: number
  readonly startNs: bigint
  readonly endNs: bigint
  /** What it says, completed by what covers it or stands beside it in its own trace. */
  readonly usage: Usage
}

/**
 * A tool run in an attempt at an activity whose other attempts are in traces of their own, because nothing above them was
 * traced. Which of them is the tool's row, with its events, is decided for the workflow, under its lock.
 */
export interface AttemptReport {
  /** Of the tool_executions row that it may become. */
  readonly id: string
  readonly place: RowPlace
  /** The same for this run in every attempt. */
  readonly run: string
  readonly startNs: bigint
  readonly tool: ToolRow
  readonly events: readonly EventRow[]
}

/** What a trace reports to its workflow, which knows the reports of other traces. */
export type Report = CallReport | AttemptReport

export function isCall(report: Report): report is CallReport {
  return 'usage' in report
}

export function isAttempt(report: Report): report is AttemptReport {
  return !isCall(report)
}

/**
 * A row of tool_executions. `input` is JSON text; a run that only messages tell of has no duration. Of several attempts
 * the last one is shown.
 */
export interface ToolRow {
  readonly id: string
  readonly place: RowPlace
  readonly name: string
  readonly input: string | null
  readonly output: string | null
  /** null: it is still running. */
  readonly success: boolean | null
  readonly error: string | null
  readonly durationMs: number | null
  readonly endNs: bigint
  readonly callId: string | null
  readonly attempts: number
  readonly source: 'span' | 'messages'
}

/** A row of agent_executions. `tokens` are those that counted at or below the agent. */
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
}

/** All rows that one span or record stands for. */
export interface NodeRows {
  readonly place: RowPlace
  readonly events: readonly EventRow[]
  readonly usage: UsageRow | null
  /** Its usage counts in its trace, and its workflow decides whether it is billed; or its tool run may be tried again. */
  readonly report: Report | null
  readonly tools: readonly ToolRow[]
  readonly agent: AgentRow | null
}

/**
 * What becomes of the rows of one table: new ones, those that are withdrawn, and those that only go elsewhere. A row
 * whose content changed is withdrawn and new.
 */
export interface TableChanges<Row> {
  readonly added: Row[]
  readonly removed: Row[]
  readonly moved: Row[]
}

/** What one batch changes in the rows of the fact tables. A moved event keeps its content, which isn't held here. */
export interface RowChanges {
  readonly events: { readonly added: EventRow[]; readonly removed: EventRow[]; readonly moved: EventRow[] }
  readonly usage: TableChanges<UsageRow>
  readonly tools: TableChanges<ToolRow>
  readonly agents: TableChanges<AgentRow>
  readonly reports: { readonly added: Report[]; readonly removed: Report[] }
}

export function noRowChanges(): RowChanges {
  const none = <Row>(): TableChanges<Row> => ({ added: [], removed: [], moved: [] })
  return { events: none(), usage: none(), tools: none(), agents: none(), reports: { added: [], removed: [] } }
}
