import { noRowChanges, type RowChanges } from '../../settle/model/rows.ts'
import type { Session } from '../../store/database.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { readBilledRows } from './bill-reports.ts'

/** The rows that only belong to workflows which are not written again. Rows that leave the others are removed all the same. */
export function rowsOfOthers(changes: readonly RowChanges[], rewritten: ReadonlySet<string>): readonly RowChanges[] {
  if (rewritten.size === 0) return changes
  const others = <Row extends { readonly place: { readonly workflow: string } }>(rows: readonly Row[]) =>
    rows.filter(({ place }) => !rewritten.has(place.workflow))
  const withoutArriving = <Row extends { readonly place: { readonly workflow: string } }>(table: {
    readonly added: readonly Row[]
    readonly removed: Row[]
    readonly moved: readonly Row[]
    readonly reassigned: readonly Row[]
  }) => ({
    added: others(table.added),
    removed: table.removed,
    moved: others(table.moved),
    reassigned: others(table.reassigned),
  })
  return changes.map(({ events, usage, tools, agents, reports }) => ({
    events: withoutArriving(events),
    usage: withoutArriving(usage),
    tools: withoutArriving(tools),
    agents: withoutArriving(agents),
    reports,
  }))
}

/**
 * Collects all rows of workflows from their traces and from the reports that they have billed, as rows to add. `changes`
 * have the texts of events that this transaction writes.
 */
export async function wantedRows(
  session: Session,
  traces: readonly LockedTrace[],
  changes: readonly RowChanges[],
  workflows: ReadonlySet<string>,
): Promise<RowChanges> {
  const all = noRowChanges()
  const billed = await readBilledRows(session, [...workflows])
  for (const { trace } of traces) {
    for (const { rows } of trace.nodes.values()) {
      if (rows === null) continue
      all.events.added.push(...rows.events)
      if (rows.usage !== null) all.usage.added.push(rows.usage)
      all.tools.added.push(...rows.tools)
      if (rows.agent !== null) all.agents.added.push(rows.agent)
    }
  }
  const texts = new Map(changes.flatMap(({ events }) => events.added).map((row) => [row.id, row]))
  all.events.added.push(...billed.events.added.map((row) => texts.get(row.id) ?? row))
  all.usage.added.push(...billed.usage.added)
  all.tools.added.push(...billed.tools.added)
  return all
}
