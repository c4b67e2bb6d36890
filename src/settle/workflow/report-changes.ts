import {
  type EventRow,
  isAttempt,
  isCall,
  type NodeRows,
  noRowChanges,
  type Report,
  type RowChanges,
  type ToolRow,
  type UsageRow,
} from '../model/rows.ts'
import { diffEvents, diffTable } from '../rows/diff-rows.ts'
import { eventStub, isEventStub } from '../rows/event-stubs.ts'
import { addCount, addSums, noSums, type Share, type Sums } from '../share/share.ts'
import type { BilledReport } from './deduplicate-across-traces.ts'

function isUsage(row: UsageRow | ToolRow): row is UsageRow {
  return 'model' in row
}

function isTool(row: UsageRow | ToolRow): row is ToolRow {
  return !isUsage(row)
}

/** Adds to the rows of a node what its workflow has decided about the node's report. */
export function withBilled(rows: NodeRows, billed: BilledReport | undefined): NodeRows {
  if (billed === undefined || billed.row === null) return rows
  if (isUsage(billed.row)) return { ...rows, usage: billed.row }
  return { ...rows, tools: [...rows.tools, billed.row], events: [...rows.events, ...eventsOf([billed])] }
}

/**
 * The changes of rows when the decisions about a workflow's reports turn from `before` into `after`. `rewritten` are
 * the ids of the reports that this transaction adds: their events may have other texts under the same ids.
 */
export function changesOfReports(
  before: readonly BilledReport[],
  after: readonly BilledReport[],
  rewritten: ReadonlySet<string>,
): RowChanges {
  const changes = noRowChanges()
  const [rowsBefore, rowsAfter] = [rowsOf(before), rowsOf(after)]
  diffTable(rowsBefore.filter(isUsage), rowsAfter.filter(isUsage), changes.usage)
  diffTable(rowsBefore.filter(isTool), rowsAfter.filter(isTool), changes.tools)
  const ids = new Set([...before, ...after].map(({ report }) => report.id))
  for (const id of ids) {
    const eventsIn = (billed: readonly BilledReport[]) => eventsOf(billed.filter(({ report }) => report.id === id))
    diffEvents(eventsIn(before), eventsIn(after), rewritten.has(id), changes.events)
  }
  return changes
}

function rowsOf(billed: readonly BilledReport[]): (UsageRow | ToolRow)[] {
  return billed.flatMap(({ row }) => row ?? [])
}

/** The events of the attempts that became rows. */
function eventsOf(billed: readonly BilledReport[]): EventRow[] {
  return billed.flatMap(({ report, row }) => (row !== null && isAttempt(report) ? report.events : []))
}

/**
 * Turns the deletion and insertion of a written event into a move. A trace that had written an event and now leaves it
 * to its workflow removes the event, and the workflow adds it as a stub: the text is in event_logs only.
 */
export function keepWritten(events: RowChanges['events'], changes: readonly RowChanges[]): void {
  const removed = new Map(changes.flatMap((change) => change.events.removed.map((row) => [row.id, change.events])))
  for (const row of events.added.filter(({ id, fact }) => isEventStub(fact) && removed.has(id))) {
    removeRow(removed.get(row.id)!.removed, row.id)
    removeRow(events.added, row.id)
    events.moved.push(row)
  }
}

function removeRow(rows: EventRow[], id: string): void {
  rows.splice(
    rows.findIndex((row) => row.id === id),
    1,
  )
}

/** A report as it is stored with its workflow: with stubs for its events, whose texts are in event_logs or come with the trace. */
export function keptReport(report: Report): Report {
  if (isCall(report)) return report
  return { ...report, events: report.events.map((event) => ({ ...event, fact: eventStub(event.fact) })) }
}

/** The share that a workflow's reports contribute, which belongs to no trace, after `changes` of their rows. */
export function shareOfReports(before: Share, { usage, tools }: RowChanges): Share {
  const models = new Map(before.models)
  const providers = new Map(before.providers)
  const toolRuns = new Map(before.tools)
  const unpricedCalls = new Map(before.unpricedCalls)
  const unpricedTokens = new Map(before.unpricedTokens)
  let { sums, nodes } = before
  const countCall = (row: UsageRow, sign: 1 | -1) => {
    sums = addSums(sums, sumsOfCall(row), sign)
    nodes += sign
    addCount(models, row.model, sign * (row.prompt + row.completion))
    addCount(providers, row.provider, sign * (row.prompt + row.completion))
    if (!row.unpriced) return
    addCount(unpricedCalls, row.model, sign)
    addCount(unpricedTokens, row.model, sign * (row.prompt + row.completion))
  }
  const countTool = ({ name }: ToolRow, sign: 1 | -1) => {
    sums = addSums(sums, { ...noSums, tools: 1 }, sign)
    nodes += sign
    addCount(toolRuns, name, sign)
  }
  for (const row of usage.removed) countCall(row, -1)
  for (const row of usage.added) countCall(row, 1)
  for (const row of tools.removed) countTool(row, -1)
  for (const row of tools.added) countTool(row, 1)
  return { ...before, nodes, sums, models, providers, tools: toolRuns, unpricedCalls, unpricedTokens }
}

function sumsOfCall({ prompt, completion, cacheRead, cacheWrite, costNano, cacheHit, unpriced }: UsageRow): Sums {
  return {
    ...noSums,
    prompt,
    completion,
    cacheRead,
    cacheWrite,
    costNano,
    calls: 1,
    cacheHits: cacheHit ? 1 : 0,
    unpriced: unpriced ? 1 : 0,
  }
}
