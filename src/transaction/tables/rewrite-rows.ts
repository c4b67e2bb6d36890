import type { EventRow, RowChanges, RowPlace, UsageRow } from '../../settle/model/rows.ts'
import { isEventStub } from '../../settle/rows/event-stubs.ts'
import { taskEvents } from '../../settle/workflow/task-row.ts'
import type { Session } from '../../store/database.ts'
import { insert, remove, type StoredRow, type Table, update } from '../../store/tables/table.ts'
import { groupBy } from '../lists.ts'
import { statement } from '../statements.ts'
import { nextSeq, ownsTask, type UserOf, type WorkflowChange } from '../workflows/workflow-change.ts'
import type { EventEntry, FactTables, UsageEntry } from './fact-tables.ts'
import { isPruned, type PrunedBefore } from './missing-rows.ts'
import { byTime, taskPlace } from './write-events.ts'

/** The workflows whose rows are all written again, with what their rows are written to. */
export interface Rewriting {
  readonly workflows: readonly WorkflowChange[]
  /** The other workflows of the transaction, whose rows may move to these. */
  readonly others: readonly WorkflowChange[]
  readonly users: UserOf
  readonly tables: FactTables
  readonly prunedBefore: PrunedBefore
  /** The hashes in the ids of the stored rows that are compared with the wanted ones. Absent: all rows of these workflows. */
  readonly comparedHashes?: readonly string[] | undefined
}

/** All rows that come from the spans and records of these workflows, as rows to add. */
export type WantedRows = Pick<RowChanges, 'events' | 'usage' | 'tools' | 'agents'>

/**
 * Writes all rows of workflows again: adds those that are gone, changes those that are there, and deletes those that are
 * too many. Only our own rows; those that retention has removed stay away. The texts of events whose rows are gone are
 * nowhere else, so these events come back with their type alone.
 */
export async function rewriteRows(session: Session, rewriting: Rewriting, wanted: WantedRows): Promise<void> {
  const { workflows, others, users, tables } = rewriting
  const own = workflows.filter(ownsTask)
  const tasks = own.flatMap((change) => {
    const { after } = change
    return after === null ? [] : [{ row: after.row, userId: users(change, 'after') }]
  })
  await replaceRows(session, rewriting, {
    table: tables.tasks,
    owner: { column: 'id', type: 'uuid', values: tasks.map(({ row }) => row.id) },
    entries: tasks,
    stored: ({ row }) => ({ id: row.id, timeNs: row.startedNs }),
  })
  await rewriteRowsOfTraces(session, rewriting, withTaskEvents(wanted, workflows))
  const deleted = own.filter(({ after }) => after === null).map(({ task }) => ({ id: task, timeNs: 0n }))
  await remove(session, onAllPartitions(tables.tasks), deleted)
  // calls that have moved here were among those of the others when these were ranked
  await session.query(statement('renumber_calls'), [others.map(({ task }) => task)])
}

/** Returns the rows with the events of tasks, which come from no single span. */
export function withTaskEvents(wanted: WantedRows, workflows: readonly WorkflowChange[]): WantedRows {
  const ofTasks = workflows.flatMap((workflow) =>
    workflow.after === null
      ? []
      : taskEvents(workflow.after.row).map((event) => ({ ...event, place: taskPlace(workflow) })),
  )
  return { ...wanted, events: { ...wanted.events, added: [...wanted.events.added, ...ofTasks] } }
}

/** Writes again the rows that come from the spans and records of workflows: all but their tasks. */
export async function rewriteRowsOfTraces(session: Session, rewriting: Rewriting, wanted: WantedRows): Promise<void> {
  const { workflows, users, tables } = rewriting
  const remaining = new Map(workflows.flatMap((one) => (one.after === null ? [] : [[one.workflow, one]])))
  const ids = workflows.map(({ workflow }) => workflow)
  const replace = <Entry>(replacement: Replacement<Entry>) => replaceRows(session, rewriting, replacement)
  await rewriteEvents(session, rewriting, entriesOf(wanted.events.added, remaining))
  await replace({
    table: tables.usage,
    owner: { column: 'task_id', type: 'uuid', values: workflows.map(({ task }) => task) },
    entries: callEntries(entriesOf(wanted.usage.added, remaining), users, rewriting.comparedHashes === undefined),
    stored: ({ row }) => ({ id: row.id, timeNs: row.endNs }),
  })
  await replace({
    table: tables.tools,
    owner: { column: 'workflow_id', type: 'text', values: ids },
    entries: entriesOf(wanted.tools.added, remaining),
    stored: ({ row }) => ({ id: row.id, timeNs: row.endNs }),
  })
  await replace({
    table: tables.agents,
    owner: { column: 'workflow_id', type: 'text', values: ids },
    entries: entriesOf(wanted.agents.added, remaining),
    stored: ({ row }) => ({ id: row.id, timeNs: row.startNs }),
  })
}

interface Entry<Row> {
  readonly row: Row
  readonly workflow: WorkflowChange
}

function entriesOf<Row extends { readonly place: RowPlace }>(
  rows: readonly Row[],
  workflows: ReadonlyMap<string, WorkflowChange>,
): Entry<Row>[] {
  return rows.flatMap((row) => {
    const workflow = workflows.get(row.place.workflow)
    return workflow === undefined ? [] : [{ row, workflow }]
  })
}

/** Ranks the calls of each task by start and id: the id begins with the start. */
function callEntries(entries: readonly Entry<UsageRow>[], users: UserOf, isWhole: boolean): UsageEntry[] {
  return [...groupBy(entries, ({ workflow }) => workflow.workflow).values()].flatMap((calls) => {
    const sorted = calls.sort((a, b) => (a.row.id < b.row.id ? -1 : 1))
    const { workflow } = sorted[0]!
    const userId = users(workflow, 'after')
    const last = sorted.at(-1)!.row.id
    if (workflow.lastCall === null || isWhole || last > workflow.lastCall) workflow.lastCall = last
    return sorted.map((entry, i) => ({ ...entry, userId, sequence: i + 1 }))
  })
}

/** The rows that a table shall have of some owners. */
interface Replacement<Row> {
  readonly table: Table<Row>
  readonly owner: Owner
  readonly entries: readonly Row[]
  readonly stored: (entry: Row) => StoredRow
}

/** The rows that are looked for: those with one of these values in a column. */
interface Owner {
  readonly column: string
  readonly type: 'uuid' | 'text'
  readonly values: readonly string[]
}

async function replaceRows<Row>(
  session: Session,
  { prunedBefore, comparedHashes }: Rewriting,
  { table, owner, entries, stored }: Replacement<Row>,
): Promise<void> {
  const whole = onAllPartitions(table)
  const existing = await readOwners(session, table, owner, { rows: entries.map(stored), comparedHashes })
  await remove(session, whole, surplusIn(existing, entries.map(stored)))
  const there = entries.filter((entry) => existing.has(stored(entry).id))
  const names = table.columns.map(({ name }) => name)
  await update(session, whole, names, there, there.map(stored))
  const gone = entries.filter((entry) => !existing.has(stored(entry).id))
  const kept = gone.filter((entry) => !isPruned(prunedBefore, table.name, stored(entry).timeNs))
  await insert(session, table, kept)
}

/** Writes the events again. One that is there keeps its text, and its number unless it comes from another workflow. */
async function rewriteEvents(
  session: Session,
  { workflows, tables: { events }, prunedBefore, comparedHashes }: Rewriting,
  unsorted: readonly Entry<EventRow>[],
): Promise<void> {
  const entries = [...unsorted].sort((a, b) => byTime(a, b))
  const stored = entries.map(({ row }) => ({ id: row.id, timeNs: row.fact.timeNs }))
  const whole = onAllPartitions(events)
  const owner = { column: 'workflow_id', type: 'text', values: workflows.map(({ workflow }) => workflow) } as const
  const existing = await readOwners(session, events, owner, { rows: stored, comparedHashes })
  await remove(session, whole, surplusIn(existing, stored))
  const changed = groupBy(
    entries.filter(({ row }) => existing.has(row.id)),
    ({ row, workflow }) => `${isEventStub(row.fact)} ${existing.get(row.id) === workflow.workflow}`,
  )
  for (const list of changed.values()) {
    const [{ row, workflow }] = list as [Entry<EventRow>]
    const keepsNumber = existing.get(row.id) === workflow.workflow
    const texts = isEventStub(row.fact) ? [] : ['message', 'payload']
    const names = ['workflow_id', 'task_id', 'type', 'agent_id', 'tenant_id', 'timestamp', ...texts]
    const ids = list.map((entry) => ({ id: entry.row.id, timeNs: entry.row.fact.timeNs }))
    await update(
      session,
      whole,
      keepsNumber ? names : [...names, 'seq'],
      list.map((one) => eventEntry(one, keepsNumber)),
      ids,
    )
  }
  const gone = entries.filter(({ row }) => !existing.has(row.id))
  const kept = gone.filter(({ row }) => !isPruned(prunedBefore, events.name, row.fact.timeNs))
  await insert(
    session,
    events,
    kept.map((entry) => eventEntry(entry, false)),
  )
}

function eventEntry({ row: { id, fact, place }, workflow }: Entry<EventRow>, keepsNumber: boolean): EventEntry {
  return { id, fact, place, workflow, seq: keepsNumber ? 0n : nextSeq(workflow) }
}

/** Reads our rows of these owners that are compared, and those of these ids: by id, the owner that the row has now. */
async function readOwners<Row>(
  session: Session,
  { name }: Table<Row>,
  { column, type, values }: Owner,
  { rows, comparedHashes }: { readonly rows: readonly StoredRow[] } & Pick<Rewriting, 'comparedHashes'>,
): Promise<Map<string, string>> {
  const found = await session.query<{ id: string; owner: string }>(
    `select replace(id::text, '-', '') as id, ${column}::text as owner from ${name}
     where (${column} = any ($1::${type}[]) or id = any ($2::uuid[])) and substr(id::text, 15, 1) = '8'
       and ($3::text[] is null or substr(id::text, 15, 18) = any ($3::text[]))`,
    [values, rows.map(({ id }) => id), comparedHashes ?? null],
  )
  return new Map(found.map(({ id, owner }) => [id, owner]))
}

function surplusIn(existing: ReadonlyMap<string, string>, wanted: readonly StoredRow[]): StoredRow[] {
  const ids = new Set(wanted.map(({ id }) => id))
  return [...existing.keys()].filter((id) => !ids.has(id)).map((id) => ({ id, timeNs: 0n }))
}

/** The table, for statements on rows of which no time is known. */
function onAllPartitions<Row>(table: Table<Row>): Table<Row> {
  return { ...table, partitionKey: undefined }
}
