import { storedId } from '../../settle/model/ids.ts'
import type { Report, RowChanges } from '../../settle/model/rows.ts'
import { noRowChanges } from '../../settle/model/rows.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import type { Share } from '../../settle/share/share.ts'
import { noShare } from '../../settle/share/share.ts'
import type { BilledReport } from '../../settle/workflow/deduplicate-across-traces.ts'
import { billReports, reportKeys } from '../../settle/workflow/deduplicate-across-traces.ts'
import { changesOfReports, keepWritten, keptReport, shareOfReports } from '../../settle/workflow/report-changes.ts'
import type { Session } from '../../store/database.ts'
import { fromExactJson, shareFromText, toExactJson } from '../ledger/share-codec.ts'
import { statement } from '../statements.ts'
import type { LockedWorkflow } from './workflows.ts'

/** The workflows with what their billed reports come to added to what their traces give, and the rows that change. */
export interface BilledWorkflows {
  readonly workflows: readonly LockedWorkflow[]
  readonly rows: RowChanges
}

/** In place of a trace: the share that all billed reports of a workflow make. No trace has this id. */
const allReports = '0'.repeat(32)

interface Change {
  readonly at: LockedWorkflow
  readonly added: readonly Report[]
  readonly removed: readonly Report[]
}

/** Decides, under the locks of their workflows, which of the reports that came, changed or went are billed. */
export async function billWorkflowReports(
  session: Session,
  price: PriceLookup,
  workflows: readonly LockedWorkflow[],
  changes: readonly RowChanges[],
): Promise<BilledWorkflows> {
  const rows = noRowChanges()
  const changed = changesOf(workflows, changes)
  if (changed.length === 0) return { workflows, rows }
  const shares = await sharesOf(session, changed)
  const given = new Map<LockedWorkflow, LockedWorkflow>()
  for (const change of changed) {
    const { at } = change
    const what = await billOne(session, price, change)
    const before = shares.get(at) ?? noShare
    const after = shareOfReports(before, what)
    const { tenant, workflow } = at
    const contribution = { tenant, workflow, trace: allReports, before, after }
    given.set(at, { ...at, contributions: [...at.contributions, contribution] })
    for (const part of ['added', 'removed', 'moved'] as const) {
      rows.usage[part].push(...what.usage[part])
      rows.tools[part].push(...what.tools[part])
      rows.events[part].push(...what.events[part])
    }
  }
  keepWritten(rows.events, changes)
  return { workflows: workflows.map((one) => given.get(one) ?? one), rows }
}

function changesOf(workflows: readonly LockedWorkflow[], changes: readonly RowChanges[]): Change[] {
  const added = changes.flatMap(({ reports }) => reports.added)
  const removed = changes.flatMap(({ reports }) => reports.removed)
  if (added.length + removed.length === 0) return []
  const mine = (reports: readonly Report[], stored: string) => reports.filter(({ place }) => place.workflow === stored)
  return workflows
    .map((at) => {
      const stored = storedId(at.tenant, at.workflow)
      return { at, added: mine(added, stored), removed: mine(removed, stored) }
    })
    .filter((change) => change.added.length + change.removed.length > 0)
}

/** A workflow with a single trace has none: its state is that trace's share. */
async function sharesOf(session: Session, changed: readonly Change[]): Promise<Map<LockedWorkflow, Share>> {
  const several = changed.map(({ at }) => at).filter(({ onlyTrace }) => onlyTrace === null)
  if (several.length === 0) return new Map()
  const found = await session.query<{ tenant: string; workflow: string; share: string }>(
    statement('shares_of_reports'),
    [several.map(({ tenant }) => tenant), several.map(({ workflow }) => workflow), allReports],
  )
  const shareOf = (one: LockedWorkflow) =>
    found.find(({ tenant, workflow }) => tenant === one.tenant && workflow === one.workflow)?.share
  return new Map(
    several
      .map((one) => [one, shareOf(one)] as const)
      .map(([one, text]) => [one, text === undefined ? noShare : shareFromText(text)]),
  )
}

/** Settles all reports anew that may be of the same calls or tool runs as those that changed; gives what that changes. */
async function billOne(session: Session, price: PriceLookup, { at, added, removed }: Change): Promise<RowChanges> {
  const known = await alike(session, at, [...added, ...removed])
  const reports = new Map([...known].map(([id, { report }]) => [id, report]))
  for (const { id } of removed) reports.delete(id)
  for (const report of added) reports.set(report.id, report)
  const billed = billReports([...reports.values()], price)
  // an activity may have been tried a thousand times: what stays as it is is not written again
  const news = billed.filter((one) => toExactJson(one) !== toExactJson(known.get(one.report.id)))
  await keep(session, at, news)
  await drop(
    session,
    at,
    [...known.keys()].filter((id) => !reports.has(id)),
  )
  return changesOfReports([...known.values()], billed, new Set(added.map(({ id }) => id)))
}

/** The known reports that share a key with these, those that share one with them, and so on. */
async function alike(
  session: Session,
  { tenant, workflow }: LockedWorkflow,
  changed: readonly Report[],
): Promise<Map<string, BilledReport>> {
  const known = new Map<string, BilledReport>()
  const asked = new Set<string>()
  let ids = changed.map(({ id }) => id)
  let keys = changed.flatMap(reportKeys)
  while (keys.length > 0 || ids.length > 0) {
    const rows = await session.query<{ id: string; report: string; billed: string | null; better: string | null }>(
      statement('reports_by_key'),
      [tenant, workflow, keys, ids],
    )
    for (const key of keys) asked.add(key)
    for (const { id, report, billed, better } of rows) {
      known.set(id, { report: fromExactJson(report), row: billed === null ? null : fromExactJson(billed), better })
    }
    keys = [...known.values()].flatMap(({ report }) => reportKeys(report)).filter((key) => !asked.has(key))
    ids = []
  }
  return known
}

async function keep(
  session: Session,
  { tenant, workflow }: LockedWorkflow,
  billed: readonly BilledReport[],
): Promise<void> {
  if (billed.length === 0) return
  await session.query(statement('put_reports'), [
    billed.map(() => tenant),
    billed.map(() => workflow),
    billed.map(({ report }) => report.id),
    billed.map(({ report }) => JSON.stringify(reportKeys(report))),
    billed.map(({ report }) => toExactJson(keptReport(report))),
    billed.map(({ row }) => row && toExactJson(row)),
    billed.map(({ better }) => better),
  ])
}

async function drop(session: Session, { tenant, workflow }: LockedWorkflow, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await session.query(statement('drop_reports'), [ids.map(() => tenant), ids.map(() => workflow), ids])
}
