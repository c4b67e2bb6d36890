import type { EventFact } from '../../map/facts/facts.ts'
import type { EventRow, NodeRows, Report, RowChanges, RowPlace, TableChanges } from '../model/rows.ts'
import { isEventStub } from './event-stubs.ts'

/**
 * Adds to `changes` what turns the rows `before` into `after`. `rewritten` means that the facts of the node were replaced,
 * so its events may have other texts under the same ids.
 */
export function diffRows(
  before: NodeRows | null,
  after: NodeRows | null,
  rewritten: boolean,
  changes: RowChanges,
): void {
  diffEvents(before?.events ?? [], after?.events ?? [], rewritten, changes.events)
  diffTable(listed(before?.usage), listed(after?.usage), changes.usage)
  diffTable(before?.tools ?? [], after?.tools ?? [], changes.tools)
  diffTable(listed(before?.agent), listed(after?.agent), changes.agents)
  diffReport(before?.report ?? null, after?.report ?? null, changes.reports)
}

/** A report is stored with its workflow, its place included, so a report that differs in anything is removed and added. */
function diffReport(before: Report | null, after: Report | null, changes: RowChanges['reports']): void {
  if (before !== null && after !== null && samePlace(before.place, after.place) && sameContent(before, after)) return
  if (before !== null) changes.removed.push(before)
  if (after !== null) changes.added.push(after)
}

function listed<Row>(row: Row | null | undefined): Row[] {
  return row === null || row === undefined ? [] : [row]
}

/** Adds to `changes` what turns the rows `before` of a table into `after`. Rows are the same if their ids are equal. */
export function diffTable<Row extends { id: string; place: RowPlace }>(
  before: readonly Row[],
  after: readonly Row[],
  changes: TableChanges<Row>,
): void {
  for (const row of before) if (rowWithId(after, row.id) === undefined) changes.removed.push(row)
  for (const row of after) {
    const old = rowWithId(before, row.id)
    if (old === undefined) changes.added.push(row)
    else if (!sameContent(old, row)) {
      changes.removed.push(old)
      changes.added.push(row)
    } else if (old.place.workflow !== row.place.workflow) changes.moved.push(row)
    else if (old.place.agent !== row.place.agent) changes.reassigned.push(row)
  }
}

function rowWithId<Row extends { id: string }>(rows: readonly Row[], id: string): Row | undefined {
  for (const row of rows) if (row.id === id) return row
  return undefined
}

/** As `diffTable`, for events. `rewritten` says that the texts of equal ids may differ although `before` has only stubs. */
export function diffEvents(
  before: readonly EventRow[],
  after: readonly EventRow[],
  rewritten: boolean,
  changes: RowChanges['events'],
): void {
  if (before.length === 0) {
    changes.added.push(...after)
    return
  }
  const old = new Map<string, EventRow>()
  for (const row of before) old.set(row.id, row)
  for (const row of after) {
    const was = old.get(row.id)
    old.delete(row.id)
    if (was === undefined) changes.added.push(row)
    else if (rewritten || !sameEvent(was.fact, row.fact)) {
      changes.removed.push(was)
      changes.added.push(row)
    } else if (!samePlace(was.place, row.place) || was.fact.timeNs !== row.fact.timeNs) changes.moved.push(row)
  }
  changes.removed.push(...old.values())
}

/** Whether two events are equal. The text of a stub is not in memory, so a stub equals every event with its id. */
function sameEvent(a: EventFact, b: EventFact): boolean {
  if (a === b || isEventStub(a) || isEventStub(b)) return true
  return a.type === b.type && a.timeNs === b.timeNs && a.message === b.message && a.payload === b.payload
}

function samePlace(a: RowPlace, b: RowPlace): boolean {
  return a.workflow === b.workflow && a.agent === b.agent
}

/** Whether two rows are equal in everything except their place. */
export function sameContent<Row extends object>(a: Row, b: Row): boolean {
  for (const key in b) if (key !== 'place' && a[key] !== b[key] && !sameRecord(a[key], b[key])) return false
  return true
}

function sameRecord(a: unknown, b: unknown): boolean {
  return typeof a === 'object' && a !== null && typeof b === 'object' && b !== null && sameContent(a as object, b)
}
