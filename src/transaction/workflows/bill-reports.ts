import type { Report, RowChanges } from '../../settle/model/rows.ts'
import { noRowChanges, unknownBill } from '../../settle/model/rows.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import type { IsRepriced } from '../../settle/rows/kept-price.ts'
import type { Share } from '../../settle/share/share.ts'
import { noShare } from '../../settle/share/share.ts'
import {
  type BilledReport,
  billReports,
  reportKeys,
  withKeptPrice,
} from '../../settle/workflow/deduplicate-across-traces.ts'
import { changesOfReports, keepWritten, keptReport, shareOfReports } from '../../settle/workflow/report-changes.ts'
import type { Session } from '../../store/database.ts'
import { fromExactJson, shareFromText, toExactJson } from '../ledger/share-codec.ts'
import { statement } from '../statements.ts'
import type { LockedWorkflow } from './lock-workflows.ts'

/** The workflows with the share of their billed reports among their contributions, and the rows that billing changes. */
export interface BilledWorkflows {
  readonly workflows: readonly LockedWorkflow[]
  readonly rows: RowChanges
}

/** Stands in the place of a trace's id, which is never 0: the share that all billed reports of a workflow make. */
const allReports = '0'.repeat(32)

/** The reports of a workflow that this transaction adds and removes. A changed report is both. */
interface ReportChange {
  readonly locked: LockedWorkflow
  readonly added: readonly Report[]
  readonly removed: readonly Report[]
}

/** The prices of billed reports. */
export interface ReportPrices {
  readonly price: PriceLookup
  readonly isRepriced?: IsRepriced | undefined
}

/** Decides, under the locks of their workflows, which of the reports that were added, changed or removed are billed. */
export async function billWorkflowReports(
  session: Session,
  prices: ReportPrices,
  workflows: readonly LockedWorkflow[],
  changes: readonly RowChanges[],
): Promise<BilledWorkflows> {
  const rows = noRowChanges()
  const reportChanges = reportChangesOf(workflows, changes)
  if (reportChanges.length === 0) return { workflows, rows }
  const shares = await readShares(session, reportChanges)
  const billed = new Map<LockedWorkflow, LockedWorkflow>()
  for (const change of reportChanges) {
    const { locked } = change
    const changed = await billOne(session, prices, change)
    const before = shares.get(locked) ?? noShare
    const { workflow } = locked
    const contribution = { workflow, trace: allReports, before, after: shareOfReports(before, changed) }
    billed.set(locked, { ...locked, contributions: [...locked.contributions, contribution] })
    for (const part of ['added', 'removed', 'moved', 'reassigned'] as const) {
      rows.usage[part].push(...changed.usage[part])
      rows.tools[part].push(...changed.tools[part])
      rows.events[part].push(...changed.events[part])
    }
  }
  keepWritten(rows.events, changes)
  return { workflows: workflows.map((one) => billed.get(one) ?? one), rows }
}

function reportChangesOf(workflows: readonly LockedWorkflow[], changes: readonly RowChanges[]): ReportChange[] {
  const [added, removed]: [Report[], Report[]] = [[], []]
  for (const { reports } of changes) {
    added.push(...reports.added)
    removed.push(...reports.removed)
  }
  if (added.length + removed.length === 0) return []
  const ofWorkflow = (reports: readonly Report[], id: string) => reports.filter(({ place }) => place.workflow === id)
  return workflows
    .map((locked) => {
      const { workflow } = locked
      return { locked, added: ofWorkflow(added, workflow), removed: ofWorkflow(removed, workflow) }
    })
    .filter((change) => change.added.length + change.removed.length > 0)
}

/** Reads the shares of billed reports. A workflow with a single trace has billed none: its state is that trace's share. */
async function readShares(session: Session, changes: readonly ReportChange[]): Promise<Map<LockedWorkflow, Share>> {
  const workflows = changes.map(({ locked }) => locked).filter(({ onlyTrace }) => onlyTrace === null)
  if (workflows.length === 0) return new Map()
  const rows = await session.query<{ workflow: string; share: string }>(statement('report_shares'), [
    workflows.map(({ workflow }) => workflow),
    allReports,
  ])
  const texts = new Map(rows.map((row) => [row.workflow, row.share]))
  return new Map(
    workflows.map((locked) => {
      const text = texts.get(locked.workflow)
      return [locked, text === undefined ? noShare : shareFromText(text)]
    }),
  )
}

/** Bills again all reports that may be of the same calls or tool runs as those that changed; returns the row changes. */
async function billOne(
  session: Session,
  { price, isRepriced }: ReportPrices,
  { locked, added, removed }: ReportChange,
): Promise<RowChanges> {
  const stored = await readRelated(session, locked, [...added, ...removed])
  const reports = new Map([...stored].map(([id, { report }]) => [id, report]))
  for (const { id } of removed) reports.delete(id)
  for (const report of added) reports.set(report.id, report)
  const billed = billReports([...reports.values()], price).map((one) =>
    withKeptPrice(stored.get(one.report.id), one, isRepriced),
  )
  // an activity may have been tried a thousand times: a report that stays as it is is not written again
  const changed = billed.filter((one) => toExactJson(one) !== toExactJson(stored.get(one.report.id)))
  await writeReports(session, locked, changed)
  await deleteReports(
    session,
    locked,
    [...stored.keys()].filter((id) => !reports.has(id)),
  )
  return changesOfReports([...stored.values()], billed, new Set(added.map(({ id }) => id)))
}

/** Reads the stored reports that share a key with these, those that share a key with them, and so on. */
async function readRelated(
  session: Session,
  { workflow }: LockedWorkflow,
  changed: readonly Report[],
): Promise<Map<string, BilledReport>> {
  const found = new Map<string, BilledReport>()
  const asked = new Set<string>()
  let ids = changed.map(({ id }) => id)
  let keys = changed.flatMap(reportKeys)
  while (keys.length > 0 || ids.length > 0) {
    const rows = await session.query<StoredReport>(statement('reports_by_key'), [workflow, keys, ids])
    for (const key of keys) asked.add(key)
    for (const row of rows) found.set(row.id, billedReportFrom(row))
    keys = [...found.values()].flatMap(({ report }) => reportKeys(report)).filter((key) => !asked.has(key))
    ids = []
  }
  return found
}

/** Reads the rows of all billed reports of workflows, as rows to add. Their events are stubs. */
export async function readBilledRows(session: Session, workflows: readonly string[]): Promise<RowChanges> {
  const rows = await session.query<StoredReport>(statement('workflow_reports'), [workflows])
  return changesOfReports([], rows.map(billedReportFrom), new Set())
}

/** Reads the reports of workflows, billed or not. */
export async function readStoredReports(session: Session, workflows: readonly string[]): Promise<Report[]> {
  const rows = await session.query<StoredReport>(statement('workflow_reports'), [workflows])
  return rows.map((row) => billedReportFrom(row).report)
}

interface StoredReport {
  readonly id: string
  readonly report: string
  readonly billed: string | null
  readonly better: string | null
}

function billedReportFrom({ report, billed, better }: StoredReport): BilledReport {
  return { report: fromExactJson(report), row: billed === null ? null : billedRowFrom(billed), better }
}

/** Reads a stored row. A call's row that an earlier version stored lacks what a bill names. */
function billedRowFrom(text: string): NonNullable<BilledReport['row']> {
  const row = fromExactJson<NonNullable<BilledReport['row']>>(text)
  return 'model' in row ? { ...unknownBill, ...row } : row
}

async function writeReports(
  session: Session,
  { workflow }: LockedWorkflow,
  billed: readonly BilledReport[],
): Promise<void> {
  if (billed.length === 0) return
  await session.query(statement('upsert_reports'), [
    workflow,
    billed.map(({ report }) => report.id),
    billed.map(({ report }) => JSON.stringify(reportKeys(report))),
    billed.map(({ report }) => toExactJson(keptReport(report))),
    billed.map(({ row }) => row && toExactJson(row)),
    billed.map(({ better }) => better),
  ])
}

async function deleteReports(session: Session, { workflow }: LockedWorkflow, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await session.query(statement('delete_reports'), [workflow, ids])
}
