import type { TableChanges } from '../../settle/model/rows.ts'
import type { StoredRow } from '../../store/tables/table.ts'
import type { UserOf, WorkflowChange } from '../workflows/workflow-change.ts'
import type { FactTables } from './fact-tables.ts'
import type { RowWatch } from './missing-rows.ts'

/** What rows are written to: the workflows of the transaction, their users, and the tables of this database. */
export interface Destination {
  readonly workflows: readonly WorkflowChange[]
  readonly users: UserOf
  readonly tables: FactTables
  readonly watch: RowWatch
  /** By workflow that a large move leaves: whether its calls are ranked now, because this part is the last. */
  readonly ranking?: ReadonlyMap<string, boolean> | undefined
  /** The workflows by their ids. */
  readonly byId: ReadonlyMap<string, WorkflowChange>
}

/** A row that belongs to a workflow. */
export interface PlacedRow {
  readonly place: { readonly workflow: string }
}

/** Returns the workflow that a row belongs to. */
export function workflowOf({ byId }: Pick<Destination, 'byId'>, { place }: PlacedRow): WorkflowChange {
  return byId.get(place.workflow)!
}

/** The changes of all rows of one kind. */
export type GatheredRows<Row> = { readonly [Part in keyof TableChanges<Row>]: readonly Row[] }

const parts = ['added', 'removed', 'moved', 'reassigned'] as const

/** Joins the changes of all traces and workflows for one kind of row. Most of them have none of most parts. */
export function gather<Row>(changes: readonly TableChanges<Row>[]): GatheredRows<Row> {
  const all: TableChanges<Row> = { added: [], removed: [], moved: [], reassigned: [] }
  for (const change of changes) for (const part of parts) for (const row of change[part]) all[part].push(row)
  return all
}

/**
 * The statements on one table. Each function sends its own and returns their answers; the table's rows are added after its
 * changes.
 */
export interface TableWrites {
  /** Whether rows are removed. */
  readonly removes: boolean
  readonly change: () => Promise<unknown>[]
  readonly add: () => Promise<unknown>[]
}

/** An added or moved row of a workflow. */
export interface Arriving<Row> {
  readonly row: Row
  readonly isNew: boolean
}

/** Groups added and moved rows by their workflows; each workflow has a list, if only an empty one. */
export function arrivingByWorkflow<Row extends PlacedRow>(
  destination: Destination,
  { added, moved }: Pick<GatheredRows<Row>, 'added' | 'moved'>,
): Map<WorkflowChange, Arriving<Row>[]> {
  const lists = new Map<WorkflowChange, Arriving<Row>[]>()
  for (const workflow of destination.workflows) lists.set(workflow, [])
  for (const row of added) lists.get(workflowOf(destination, row))!.push({ row, isNew: true })
  for (const row of moved) lists.get(workflowOf(destination, row))!.push({ row, isNew: false })
  return lists
}

/** Returns the rows of token_usage and tool_executions as they are stored: by the time of their end. */
export function storedByEnd(rows: readonly { readonly id: string; readonly endNs: bigint }[]): StoredRow[] {
  const stored: StoredRow[] = []
  for (const { id, endNs } of rows) stored.push({ id, timeNs: endNs })
  return stored
}
