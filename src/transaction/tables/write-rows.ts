import type { AgentRow, EventRow, RowChanges, RowPlace, ToolRow, UsageRow } from '../../settle/model/rows.ts'
import { taskEvents } from '../../settle/workflow/task-row.ts'
import type { Session } from '../../store/database.ts'
import { insert, remove, update } from '../../store/tables/table.ts'
import { statement } from '../statements.ts'
import { isOwn, nextSeq, type UserOf, type WorkflowChange } from '../workflows/workflow-change.ts'
import type { EventEntry, FactTables, UsageEntry } from './fact-tables.ts'

/** What rows go to: the workflows that this transaction changes, their users, and the tables as they are here. */
export interface Destination {
  readonly targets: readonly WorkflowChange[]
  readonly users: UserOf
  readonly tables: FactTables
}

/** Writes all that changes in the tables that people read, days excepted. */
export async function writeRows(
  session: Session,
  destination: Destination,
  changes: readonly RowChanges[],
): Promise<void> {
  const { targets, users, tables } = destination
  const targetOf = new Map(targets.map((target) => [target.stored, target]))
  const of = (row: { place: { workflow: string } }) => targetOf.get(row.place.workflow)!
  const own = targets.filter(isOwn)
  await putTasks(session, tables, own, users)
  await putEvents(session, destination, of, gather(changes, 'events'))
  await putUsage(session, destination, of, gather(changes, 'usage'))
  const [tools, agents] = [gather(changes, 'tools'), gather(changes, 'agents')]
  const entry = <Row extends ToolRow | AgentRow>(row: Row) => ({ row, target: of(row) })
  await remove(session, tables.tools, idsOf(tools.removed))
  await update(
    session,
    tables.tools,
    ['workflow_id', 'agent_id', 'tenant_id', 'task_execution_id'],
    tools.moved.map(entry),
  )
  await insert(session, tables.tools, tools.added.map(entry))
  await remove(session, tables.agents, idsOf(agents.removed))
  await update(
    session,
    tables.agents,
    ['workflow_id', 'task_id', 'tenant_id', 'task_execution_id'],
    agents.moved.map(entry),
  )
  await insert(session, tables.agents, agents.added.map(entry))
  await follow(session, targets, users)
  // last: a platform's foreign keys may point to them until here
  const gone = own.filter(({ before, after }) => before !== null && after === null)
  await remove(
    session,
    tables.tasks,
    gone.map(({ task }) => task),
  )
}

function idsOf(rows: readonly { readonly id: string }[]): string[] {
  return rows.map(({ id }) => id)
}

interface Gathered<Row> {
  readonly added: Row[]
  readonly removed: Row[]
  readonly moved: Row[]
}

function gather<Name extends Exclude<keyof RowChanges, 'reports'>>(
  changes: readonly RowChanges[],
  name: Name,
): Gathered<RowChanges[Name]['added'][number]> {
  type Row = RowChanges[Name]['added'][number]
  const all = (part: 'added' | 'removed' | 'moved') => changes.flatMap((change) => change[name][part] as Row[])
  return { added: all('added'), removed: all('removed'), moved: all('moved') }
}

async function putTasks(
  session: Session,
  { tasks }: FactTables,
  targets: readonly WorkflowChange[],
  users: UserOf,
): Promise<void> {
  const alive = targets.filter(({ after }) => after !== null)
  const entry = (target: WorkflowChange) => ({ row: target.after!.row, userId: users(target, 'after') })
  await update(
    session,
    tasks,
    tasks.columns.map(({ name }) => name),
    alive.filter(({ before }) => before !== null).map(entry),
  )
  await insert(session, tasks, alive.filter(({ before }) => before === null).map(entry))
}

/** Numbers grow in the order of time within a commit; a row that moves gets the next number of its new workflow. */
async function putEvents(
  session: Session,
  { targets, tables: { events } }: Destination,
  of: (row: EventRow) => WorkflowChange,
  rows: Gathered<EventRow>,
): Promise<void> {
  const tasks = targets.map((target) => taskEventChanges(target))
  await remove(session, events, [...idsOf(rows.removed), ...tasks.flatMap(({ removed }) => removed)])
  const numbered = new Map<WorkflowChange, Numbered[]>(targets.map((target) => [target, []]))
  for (const row of rows.added) numbered.get(of(row))!.push({ row, isNew: true })
  for (const row of rows.moved) numbered.get(of(row))!.push({ row, isNew: false })
  for (const { target, added } of tasks) {
    for (const { id, fact } of added)
      numbered.get(target)!.push({ row: { id, fact, place: ownPlace(target) }, isNew: true })
  }
  const [added, moved]: [EventEntry[], EventEntry[]] = [[], []]
  for (const [target, list] of numbered) {
    for (const { row, isNew } of list.sort(inTime)) {
      const entry = { id: row.id, fact: row.fact, place: row.place, target, seq: nextSeq(target) }
      if (isNew) added.push(entry)
      else moved.push(entry)
    }
  }
  const stay = tasks.flatMap(({ target, changed }) =>
    changed.map(({ id, fact }) => ({ id, fact, place: ownPlace(target), target, seq: 0n })),
  )
  await update(session, events, ['message', 'payload', 'timestamp'], stay)
  await update(session, events, ['workflow_id', 'task_id', 'agent_id', 'seq', 'tenant_id'], moved)
  await insert(session, events, added)
}

interface Numbered {
  readonly row: EventRow
  readonly isNew: boolean
}

/** At one time, the start of the task comes first and its end last. */
function inTime({ row: a }: Numbered, { row: b }: Numbered): number {
  if (a.fact.timeNs !== b.fact.timeNs) return a.fact.timeNs < b.fact.timeNs ? -1 : 1
  return sideOf(a) - sideOf(b) || (a.id < b.id ? -1 : 1)
}

function sideOf({ place, fact }: EventRow): number {
  if (place.node !== '') return 0
  return fact.type === 'task.started' ? -1 : 1
}

/** Of the task's own rows. */
function ownPlace({ stored }: WorkflowChange): RowPlace {
  return { workflow: stored, agent: null, trace: '', node: '' }
}

type TaskEvent = ReturnType<typeof taskEvents>[number]

function taskEventChanges(target: WorkflowChange): {
  target: WorkflowChange
  added: TaskEvent[]
  changed: TaskEvent[]
  removed: string[]
} {
  const before = target.before === null ? [] : taskEvents(target.before.row)
  const after = target.after === null ? [] : taskEvents(target.after.row)
  const was = new Map(before.map((event) => [event.id, event.fact]))
  const is = new Set(after.map(({ id }) => id))
  return {
    target,
    added: after.filter(({ id }) => !was.has(id)),
    changed: after.filter(({ id, fact }) => {
      const old = was.get(id)
      return (
        old !== undefined &&
        (old.timeNs !== fact.timeNs || old.message !== fact.message || old.payload !== fact.payload)
      )
    }),
    removed: before.map(({ id }) => id).filter((id) => !is.has(id)),
  }
}

async function putUsage(
  session: Session,
  { targets, users, tables: { usage } }: Destination,
  of: (row: UsageRow) => WorkflowChange,
  rows: Gathered<UsageRow>,
): Promise<void> {
  const arriving = new Map<WorkflowChange, { row: UsageRow; isNew: boolean }[]>(targets.map((target) => [target, []]))
  for (const row of rows.added) arriving.get(of(row))!.push({ row, isNew: true })
  for (const row of rows.moved) arriving.get(of(row))!.push({ row, isNew: false })
  const [added, moved]: [UsageEntry[], UsageEntry[]] = [[], []]
  const renumber: string[] = []
  for (const [target, list] of arriving) {
    list.sort((a, b) => (a.row.id < b.row.id ? -1 : 1))
    const calls = target.before?.share.sums.calls ?? 0
    const inOrder =
      calls + list.length === target.after?.share.sums.calls &&
      (target.lastCall === null || list.length === 0 || list[0]!.row.id > target.lastCall)
    if (!inOrder && target.after !== null) renumber.push(target.task)
    for (const [i, { row, isNew }] of list.entries()) {
      const entry = { row, target, userId: users(target, 'after'), sequence: calls + i + 1 }
      if (isNew) added.push(entry)
      else moved.push(entry)
    }
    const last = list.at(-1)?.row.id
    if (last !== undefined && (target.lastCall === null || last > target.lastCall)) target.lastCall = last
  }
  await remove(session, usage, idsOf(rows.removed))
  await update(session, usage, ['user_id', 'task_id', 'agent_id', 'call_sequence', 'tenant_id'], moved)
  await insert(session, usage, added)
  if (renumber.length > 0) await session.query(statement('renumber_calls'), [renumber])
}

/** Rows written earlier follow their task to its new user or tenant. */
async function follow(session: Session, targets: readonly WorkflowChange[], users: UserOf): Promise<void> {
  const kept = targets.filter(({ before, after }) => before !== null && after !== null)
  const otherTenant = kept.filter(({ before, after }) => before!.row.tenantId !== after!.row.tenantId)
  const usage = kept.filter(
    (target) => otherTenant.includes(target) || users(target, 'before') !== users(target, 'after'),
  )
  const tenants = (list: readonly WorkflowChange[]) => list.map(({ after }) => after!.row.tenantId)
  if (usage.length > 0) {
    await session.query(statement('adopt_usage'), [
      usage.map(({ task }) => task),
      usage.map((target) => users(target, 'after')),
      tenants(usage),
    ])
  }
  if (otherTenant.length === 0) return
  for (const table of ['event_logs', 'tool_executions', 'agent_executions'] as const) {
    await session.query(statement(`adopt_${table}`), [otherTenant.map(({ stored }) => stored), tenants(otherTenant)])
  }
}
