import type { EventFact } from '../../map/facts/facts.ts'
import type { EventRow, RowPlace } from '../../settle/model/rows.ts'
import { taskEvents } from '../../settle/workflow/task-row.ts'
import type { Session } from '../../store/database.ts'
import { insert, remove, type StoredRow, update } from '../../store/tables/table.ts'
import { column } from '../lists.ts'
import { nextSeq, type WorkflowChange } from '../workflows/workflow-change.ts'
import {
  type Arriving,
  arrivingByWorkflow,
  type Destination,
  type GatheredRows,
  type TableWrites,
} from './destination.ts'
import type { EventEntry } from './fact-tables.ts'

/**
 * Writes the events of spans and of tasks. `seq` grows in the order of time within a transaction; an event that moves to
 * another workflow gets the next number of that workflow, and one that moves to another time the next of its own.
 */
export function writeEvents(session: Session, destination: Destination, rows: GatheredRows<EventRow>): TableWrites {
  const {
    tables: { events },
    watch,
  } = destination
  const tasks = destination.workflows.map(changesOfTaskEvents)
  const arriving = arrivingByWorkflow(destination, rows)
  const ofTasks: { readonly id: string; readonly place: RowPlace }[] = []
  const changed: EventEntry[] = []
  for (const task of tasks) {
    const { workflow } = task
    const place = taskPlace(workflow)
    for (const { id } of task.removed) ofTasks.push({ id, place })
    for (const { id } of task.replaced) ofTasks.push({ id, place })
    for (const event of task.added) arriving.get(workflow)!.push({ row: { ...event, place }, isNew: true })
    for (const { id, fact } of task.changed) changed.push({ id, fact, place, workflow, seq: 0n })
  }
  const removed = [...storedEvents(rows.removed), ...column(tasks, 'removed').flat()]
  const replaced = column(tasks, 'replaced').flat()
  const { added, moved } = numbered(arriving)
  const texts = ['message', 'payload', 'timestamp']
  const names = ['workflow_id', 'task_id', 'agent_id', 'seq', 'tenant_id', 'timestamp']
  return {
    removes: removed.length > 0,
    change: () => [
      remove(session, events, removed).then(watch.looked(events.name, [...rows.removed, ...ofTasks])),
      update(session, events, texts, changed, replaced).then(watch.looked(events.name, ofTasks)),
      update(session, events, names, moved, storedEvents(rows.moved)).then(watch.looked(events.name, rows.moved)),
    ],
    add: () => [insert(session, events, added)],
  }
}

function numbered(arriving: ReadonlyMap<WorkflowChange, Arriving<EventRow>[]>): {
  readonly added: EventEntry[]
  readonly moved: EventEntry[]
} {
  const [added, moved]: [EventEntry[], EventEntry[]] = [[], []]
  for (const [workflow, list] of arriving) {
    for (const { row, isNew } of list.sort(byTime)) {
      const entry = { id: row.id, fact: row.fact, place: row.place, workflow, seq: nextSeq(workflow) }
      if (isNew) added.push(entry)
      else moved.push(entry)
    }
  }
  return { added, moved }
}

/**
 * Sorts events by time. At equal times, the start of the task comes first and its end last, and those of one trace keep the
 * order in which it was settled.
 */
export function byTime({ row: a }: { readonly row: EventRow }, { row: b }: { readonly row: EventRow }): number {
  if (a.fact.timeNs !== b.fact.timeNs) return a.fact.timeNs < b.fact.timeNs ? -1 : 1
  return rankOf(a) - rankOf(b)
}

function rankOf({ place, fact }: EventRow): number {
  if (place.node !== '') return 0
  return fact.type === 'task.started' ? -1 : 1
}

/** The place of the task's own events, which come from no single span. */
export function taskPlace({ workflow }: WorkflowChange): RowPlace {
  return { workflow, agent: null, trace: '', node: '' }
}

type TaskEvent = ReturnType<typeof taskEvents>[number]

interface TaskEventChanges {
  readonly workflow: WorkflowChange
  readonly added: readonly TaskEvent[]
  readonly changed: readonly TaskEvent[]
  /** The changed events as they are stored. */
  readonly replaced: readonly StoredRow[]
  readonly removed: readonly StoredRow[]
}

function changesOfTaskEvents(workflow: WorkflowChange): TaskEventChanges {
  const before = workflow.before === null ? [] : taskEvents(workflow.before.row)
  const after = workflow.after === null ? [] : taskEvents(workflow.after.row)
  const factsBefore = new Map(before.map((event) => [event.id, event.fact]))
  const idsAfter = new Set(column(after, 'id'))
  const changed = after.filter(({ id, fact }) => {
    const old = factsBefore.get(id)
    if (old === undefined) return false
    return old.timeNs !== fact.timeNs || old.message !== fact.message || old.payload !== fact.payload
  })
  return {
    workflow,
    added: after.filter(({ id }) => !factsBefore.has(id)),
    changed,
    replaced: changed.map(({ id }) => ({ id, timeNs: factsBefore.get(id)!.timeNs })),
    removed: storedEvents(before.filter(({ id }) => !idsAfter.has(id))),
  }
}

function storedEvents(events: readonly { readonly id: string; readonly fact: EventFact }[]): StoredRow[] {
  const stored: StoredRow[] = []
  for (const { id, fact } of events) stored.push({ id, timeNs: fact.timeNs })
  return stored
}
