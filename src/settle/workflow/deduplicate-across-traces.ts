import type { Facts } from '../../map/facts/facts.ts'
import {
  type AttemptReport,
  type CallReport,
  type EventRow,
  type NodeRows,
  noRowChanges,
  type Report,
  type RowChanges,
  type ToolRow,
  type UsageRow,
} from '../model/rows.ts'
import { addCount, addSums, noSums, type Share } from '../model/share.ts'
import { emptyTrace, type Node, newNode } from '../model/trace.ts'
import type { PriceLookup } from '../prices/prices.ts'
import { diffEvents, diffTable, eventStub, isEventStub } from '../rows/diff-rows.ts'
import { countersKey, matchDuplicates, responseKey } from '../usage/deduplicate-calls.ts'
import { usageRow } from '../usage/usage-row.ts'

/** What became of a report: a row, or `better` (its id) is billed for the same call, or the next attempt. */
export interface BilledReport {
  readonly report: Report
  readonly row: UsageRow | ToolRow | null
  readonly better: string | null
}

function isUsage(row: UsageRow | ToolRow): row is UsageRow {
  return 'model' in row
}

function isTool(row: UsageRow | ToolRow): row is ToolRow {
  return !isUsage(row)
}

function isCall(report: Report): report is CallReport {
  return 'usage' in report
}

function isAttempt(report: Report): report is AttemptReport {
  return !isCall(report)
}

/** Reports can only be of one call, or one tool run, if they share one of these. */
export function reportKeys(report: Report): string[] {
  if (isAttempt(report)) return [`attempts at ${report.run}`]
  const { usage } = report
  return usage.responseId === null ? [countersKey(usage)] : [countersKey(usage), responseKey(usage, usage.responseId)]
}

/** Decides which of these reports are rows. They must be all that share a key with one of them, and so on. */
export function billReports(reports: readonly Report[], price: PriceLookup): BilledReport[] {
  return [...billCalls(reports.filter(isCall), price), ...showLast(reports.filter(isAttempt))]
}

/** Of all attempts at a tool run the last one knows what became of it. */
function showLast(reports: readonly AttemptReport[]): BilledReport[] {
  const attempts = new Map<string, number>()
  for (const { run } of reports) addCount(attempts, run, 1)
  const later = new Map<string, AttemptReport>()
  return [...reports].sort(latestFirst).map((report) => {
    const { run, tool } = report
    const next = later.get(run)
    later.set(run, report)
    return next === undefined
      ? { report, row: { ...tool, attempts: attempts.get(run)! }, better: null }
      : { report, row: null, better: next.id }
  })
}

function latestFirst(a: AttemptReport, b: AttemptReport): number {
  if (a.startNs !== b.startNs) return a.startNs > b.startNs ? -1 : 1
  return a.id > b.id ? -1 : 1
}

function billCalls(reports: readonly CallReport[], price: PriceLookup): BilledReport[] {
  const stage = emptyTrace('', '')
  const nodes = new Map(reports.map((report) => [nodeOf(report), report]))
  matchDuplicates(stage, nodes.keys())
  return [...nodes].map(([node, report]) => {
    if (node.duplicateOf !== null) return { report, row: null, better: nodes.get(node.duplicateOf)!.id }
    return { report, row: { ...usageRow(stage, node, report.place, price), id: report.id }, better: null }
  })
}

/** Reports of several traces beside each other, as if they were of one. */
function nodeOf({ place, source, origin, spanKind, startNs, endNs, usage }: CallReport): Node {
  return newNode({ ...nothing, id: `${place.node} ${place.trace}`, source, origin, spanKind, startNs, endNs, usage })
}

/** All that twins are not asked for. */
const nothing = {
  tenant: '',
  trace: '',
  parent: '',
  remoteParent: false,
  attributeCount: 0,
  digest: '',
  name: '',
  kind: 'llm',
  dialect: '',
  service: '',
  workflowId: null,
  agent: null,
  outcome: 'ok',
  error: null,
  open: false,
  endsWell: false,
  statements: {},
  tool: null,
  asks: [],
  answers: [],
  events: [],
  run: null,
} as const satisfies Partial<Facts>

/** The rows that a node stands for once its workflow has decided on its report. */
export function withBilled(rows: NodeRows, billed: BilledReport | undefined): NodeRows {
  if (billed === undefined || billed.row === null) return rows
  if (isUsage(billed.row)) return { ...rows, usage: billed.row }
  return { ...rows, tools: [...rows.tools, billed.row], events: [...rows.events, ...eventsOf([billed])] }
}

/**
 * What changes in the tables that people read when these reports of a workflow become those, of which `told` have come
 * anew.
 */
export function changesOfReports(
  before: readonly BilledReport[],
  after: readonly BilledReport[],
  told: ReadonlySet<string>,
): RowChanges {
  const changes = noRowChanges()
  const [was, is] = [rowsIn(before), rowsIn(after)]
  diffTable(was.filter(isUsage), is.filter(isUsage), changes.usage)
  diffTable(was.filter(isTool), is.filter(isTool), changes.tools)
  for (const id of new Set([...before, ...after].map(({ report }) => report.id))) {
    const [old, now] = [before, after].map((billed) => eventsOf(billed.filter(({ report }) => report.id === id)))
    diffEvents(old!, now!, told.has(id), changes.events)
  }
  return changes
}

function rowsIn(billed: readonly BilledReport[]): (UsageRow | ToolRow)[] {
  return billed.flatMap(({ row }) => row ?? [])
}

/** The events of the attempts that show. */
function eventsOf(billed: readonly BilledReport[]): EventRow[] {
  return billed.flatMap(({ report, row }) => (row !== null && isAttempt(report) ? report.events : []))
}

/** An event that a trace had written before its workflow decides on it stays as it is: nobody knows what it says any more. */
export function keepWritten(events: RowChanges['events'], given: readonly RowChanges[]): void {
  const removed = new Map(given.flatMap((changes) => changes.events.removed.map((row) => [row.id, changes.events])))
  for (const row of events.added.filter(({ id, fact }) => isEventStub(fact) && removed.has(id))) {
    const from = removed.get(row.id)!.removed
    from.splice(
      from.findIndex(({ id }) => id === row.id),
      1,
    )
    events.added.splice(events.added.indexOf(row), 1)
    events.moved.push(row)
  }
}

/** A report as it is kept beside the rows: what its events say is written, or will be when its trace is read. */
export function keptReport(report: Report): Report {
  if (isCall(report)) return report
  return { ...report, events: report.events.map((event) => ({ ...event, fact: eventStub(event.fact) })) }
}

/** The share of a workflow's reports, which no trace gives, after these rows changed. */
export function shareOfReports(before: Share, { usage, tools }: RowChanges): Share {
  const counts = { models: new Map(before.models), providers: new Map(before.providers), tools: new Map(before.tools) }
  let { sums, nodes } = before
  const tallyCall = (row: UsageRow, sign: 1 | -1) => {
    sums = addSums(sums, sumsOfCall(row), sign)
    nodes += sign
    addCount(counts.models, row.model, sign * (row.prompt + row.completion))
    addCount(counts.providers, row.provider, sign * (row.prompt + row.completion))
  }
  const tallyTool = ({ name }: ToolRow, sign: 1 | -1) => {
    sums = addSums(sums, { ...noSums, tools: 1 }, sign)
    nodes += sign
    addCount(counts.tools, name, sign)
  }
  for (const row of usage.removed) tallyCall(row, -1)
  for (const row of usage.added) tallyCall(row, 1)
  for (const row of tools.removed) tallyTool(row, -1)
  for (const row of tools.added) tallyTool(row, 1)
  return { ...before, nodes, sums, ...counts }
}

function sumsOfCall({ prompt, completion, cacheRead, cacheWrite, costNano, cacheHit, unpriced }: UsageRow) {
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
