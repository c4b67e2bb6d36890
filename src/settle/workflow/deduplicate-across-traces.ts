import type { Usage } from '../../map/facts/facts.ts'
import {
  type AttemptReport,
  type CallReport,
  isAttempt,
  isCall,
  type Report,
  type ToolRow,
  type UsageRow,
} from '../model/rows.ts'
import type { CallIndex, ReportedCall } from '../model/time/call-index.ts'
import type { PriceLookup } from '../prices/prices.ts'
import { type IsRepriced, keptPrice } from '../rows/kept-price.ts'
import { addCount } from '../share/share.ts'
import { SmallMap } from '../small/small-map.ts'
import { countersKey, duplicatesOf, matchDuplicates, responseKey } from '../usage/deduplicate-calls.ts'
import { completeUsage, haveSameCounters, responseIdIn, usageRow, usagesByTrust } from '../usage/usage-row.ts'

/** What a workflow has decided about a report: its row, or the id of the `better` report that is billed instead. */
export interface BilledReport {
  readonly report: Report
  readonly row: UsageRow | ToolRow | null
  /** Another report of the same call, or the attempt that followed. */
  readonly better: string | null
}

/** A decision with the price that the report's row was written with, where only the price of the day differs. */
export function withKeptPrice(
  before: BilledReport | undefined,
  after: BilledReport,
  isRepriced?: IsRepriced,
): BilledReport {
  if (!isUsage(before?.row) || !isUsage(after.row)) return after
  return { ...after, row: keptPrice(before.row, after.row, isRepriced) }
}

function isUsage(row: BilledReport['row'] | undefined): row is UsageRow {
  return row !== null && row !== undefined && 'model' in row
}

/**
 * The keys under which a report is stored with its workflow. Reports are of one call, or attempts at one tool run, only
 * if they share a key. Keys are persisted.
 */
export function reportKeys(report: Report): string[] {
  if (isAttempt(report)) return [`attempts at ${report.run}`]
  const { usage } = report
  return usage.responseId === null ? [countersKey(usage)] : [countersKey(usage), responseKey(usage, usage.responseId)]
}

/**
 * Decides which reports of a workflow become rows (docs/design.md §4.2). `reports` must hold every report that shares a key with one of them,
 * and every report that shares a key with those, and so on.
 */
export function billReports(reports: readonly Report[], price: PriceLookup): BilledReport[] {
  return [...billCalls(reports.filter(isCall), price), ...billLastAttempts(reports.filter(isAttempt))]
}

/** The last attempt at a tool run becomes its row, because it shows how the run ended. */
function billLastAttempts(reports: readonly AttemptReport[]): BilledReport[] {
  const attempts = new Map<string, number>()
  for (const { run } of reports) addCount(attempts, run, 1)
  const following = new Map<string, AttemptReport>()
  return [...reports].sort(compareLatestFirst).map((report) => {
    const { run, tool } = report
    const next = following.get(run)
    following.set(run, report)
    return next === undefined
      ? { report, row: { ...tool, attempts: attempts.get(run)! }, better: null }
      : { report, row: null, better: next.id }
  })
}

function compareLatestFirst(a: AttemptReport, b: AttemptReport): number {
  if (a.startNs !== b.startNs) return a.startNs > b.startNs ? -1 : 1
  return a.id > b.id ? -1 : 1
}

/** A stored report of a call while its duplicates in other traces are searched. */
interface StoredCall extends ReportedCall<StoredCall> {
  readonly report: CallReport
}

/** Of several reports of one call the best becomes the row, as among the nodes of one trace. */
function billCalls(reports: readonly CallReport[], price: PriceLookup): BilledReport[] {
  const index: CallIndex<StoredCall> = { callsByResponseId: new SmallMap(), callsByCounters: new SmallMap() }
  const calls = reports.map(storedCall)
  matchDuplicates(index, calls, ({ report }) => report.usage)
  return calls.map((call) => {
    const { report } = call
    const better = call.usageState.duplicateOf
    if (better !== null) return { report, row: null, better: better.report.id }
    const duplicates = report.usage.role === 'call' ? usagesByTrust(duplicatesOf(call)) : []
    const equal = duplicates.filter((usage) => haveSameCounters(usage, report.usage))
    return { report, row: billedRow(report, equal, price), better: null }
  })
}

function billedRow(
  { id, place, endNs, ...report }: CallReport,
  others: readonly Usage[],
  price: PriceLookup,
): UsageRow {
  const { usage, durationMs = null, error = null } = report
  const responseId = responseIdIn(usage.responseId, others)
  return usageRow({ id, place, usage: completeUsage(usage, others), responseId, endNs, durationMs, error }, price)
}

function storedCall(report: CallReport): StoredCall {
  const { node, trace } = report.place
  return {
    report,
    facts: { ...report, id: `${node} ${trace}` },
    usageState: { hasSameCallBelow: false, responseId: null, trust: 0, duplicateOf: null, duplicates: null },
  }
}
