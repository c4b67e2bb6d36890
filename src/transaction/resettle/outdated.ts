import { Unavailable } from '../../errors.ts'
import { noRowChanges, type RowChanges } from '../../settle/model/rows.ts'
import { noShare } from '../../settle/share/share.ts'
import type { Session } from '../../store/database.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { statement } from '../statements.ts'
import { readStoredReports } from '../workflows/bill-reports.ts'
import type { Contribution } from '../workflows/lock-workflows.ts'

/**
 * Locked traces have rows that other rules have made. The transaction must begin again and write all rows of their
 * workflows.
 */
export class OutdatedTraces extends Unavailable {
  readonly workflows: readonly string[]
  readonly traces: readonly string[]

  constructor(workflows: readonly string[], traces: readonly string[]) {
    super('the rows of these traces were made by other rules, and their runs change too often to be written again')
    this.workflows = workflows
    this.traces = traces
  }
}

/** Marks the locked traces whose rows other rules have made; with `all` every locked trace. */
export function markOutdated(traces: readonly LockedTrace[], rules: number, all = false): LockedTrace[] {
  const marked: LockedTrace[] = []
  for (const one of traces) marked.push(all || one.rules !== rules ? { ...one, isOutdated: true } : one)
  return marked
}

/**
 * Throws `OutdatedTraces` where outdated traces have a part in workflows that are not written again. Older rules may have
 * given them to any workflow that a span names, or to the one with the id of the trace.
 */
export async function checkOutdated(
  session: Session,
  outdated: readonly LockedTrace[],
  rewritten: ReadonlySet<string>,
): Promise<void> {
  if (outdated.length === 0) return
  const named = new Set<string>()
  const own = new Set<string>()
  for (const { trace } of outdated) {
    named.add(trace.id)
    for (const { facts } of trace.nodes.values()) if (facts.workflowId !== null) named.add(facts.workflowId)
    for (const workflow of trace.shares.keys()) own.add(workflow)
  }
  const ids = outdated.map(({ trace }) => trace.id)
  const stored = await session.query<{ workflow: string }>(statement('runs_of_traces'), [[...named, ...own], ids])
  const missing = new Set([...own, ...stored.map(({ workflow }) => workflow)].filter((one) => !rewritten.has(one)))
  if (missing.size > 0) throw new OutdatedTraces([...missing], ids)
}

/** Notes that traces have been settled by these rules. */
export async function setRules(session: Session, traces: readonly LockedTrace[], rules: number): Promise<void> {
  if (traces.length > 0) await session.query(statement('set_rules'), [traces.map(({ trace }) => trace.id), rules])
}

/** Makes void what other receivers have in memory of locked traces: it has the former prices. */
export async function voidCopies(session: Session, traces: readonly LockedTrace[]): Promise<void> {
  if (traces.length > 0) await session.query(statement('void_copies'), [traces.map(({ trace }) => trace.id)])
}

/** Returns the parts that locked traces have in workflows by the books, and have no more: their shares are taken away. */
export async function lostShares(
  session: Session,
  traces: readonly LockedTrace[],
  changed: readonly Contribution[],
  workflows: ReadonlySet<string>,
): Promise<Contribution[]> {
  if (workflows.size === 0) return []
  const rows = await session.query<{ workflow: string; trace: string }>(statement('parts_of_workflows'), [
    [...workflows],
  ])
  const locked = new Map(traces.map(({ trace }) => [trace.id, trace]))
  const known = new Set(changed.map(({ workflow, trace }) => `${trace} ${workflow}`))
  return rows
    .filter(({ workflow, trace }) => locked.has(trace) && !known.has(`${trace} ${workflow}`))
    .map(({ workflow, trace }) => ({ workflow, trace, before: noShare, after: noShare }))
}

/** Returns the reports of outdated traces as changes: all that they have, and those that they have no more. */
export async function reportsAgain(
  session: Session,
  outdated: readonly LockedTrace[],
  workflows: ReadonlySet<string>,
): Promise<RowChanges> {
  const changes = noRowChanges()
  if (outdated.length === 0) return changes
  const traces = new Set(outdated.map(({ trace }) => trace.id))
  for (const { trace } of outdated)
    for (const { rows } of trace.nodes.values())
      if (rows?.report && workflows.has(rows.report.place.workflow)) changes.reports.added.push(rows.report)
  const there = new Set(changes.reports.added.map(({ id }) => id))
  const stored = await readStoredReports(session, [...workflows])
  changes.reports.removed.push(...stored.filter(({ id, place }) => traces.has(place.trace) && !there.has(id)))
  return changes
}
