import type { AgentRow, EventRow, Place, RowChanges, ToolRow, UsageRow } from '../settle/rows.ts'
import type { Settling } from '../settle/settling.ts'
import type { Session } from './database.ts'
import {
  agentExecutions,
  type EventEntry,
  eventLogs,
  taskExecutions,
  tokenUsage,
  toolExecutions,
  type UsageEntry,
} from './facts-tables.ts'
import { statement } from './statements.ts'
import { insert, remove, update } from './table.ts'
import { nextSeq, type Target, type Users } from './target.ts'

/** Writes all that changes in the tables that people read, days excepted. */
export async function putRows(
  session: Session,
  settling: Settling,
  targets: readonly Target[],
  users: Users,
  changes: readonly RowChanges[],
): Promise<void> {
  const targetOf = new Map(targets.map((target) => [target.stored, target]))
  const of = (row: { place: { workflow: string } }) => targetOf.get(row.place.workflow)!
  await putTasks(session, settling, targets, users)
  await putEvents(session, settling, targets, of, gather(changes, 'events'))
  await putUsage(session, settling, targets, users, of, gather(changes, 'usage'))
  const [tools, agents] = [gather(changes, 'tools'), gather(changes, 'agents')]
  const entry = <Row extends ToolRow | AgentRow>(row: Row) => ({ row, target: of(row) })
  await remove(
    session,
    'tool_executions',
    tools.removed.map(({ id }) => id),
  )
  await update(session, toolExecutions, ['workflow_id', 'agent_id', 'tenant_id'], tools.moved.map(entry))
  await insert(session, toolExecutions, tools.added.map(entry))
  await remove(
    session,
    'agent_executions',
    agents.removed.map(({ id }) => id),
  )
  await update(session, agentExecutions, ['workflow_id', 'task_id', 'tenant_id'], agents.moved.map(entry))
  await insert(session, agentExecutions, agents.added.map(entry))
  await follow(session, targets, users)
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

async function putTasks(session: Session, settling: Settling, targets: readonly Target[], users: Users): Promise<void> {
  const table = taskExecutions(settling)
  const entry = (target: Target) => ({ row: target.after!.row, userId: users(target, 'after') })
  await remove(
    session,
    'task_executions',
    targets.filter(({ before, after }) => before !== null && after === null).map(({ task }) => task),
  )
  const changed = targets.filter(({ before, after }) => before !== null && after !== null)
  await update(
    session,
    table,
    table.columns.map(({ name }) => name),
    changed.map(entry),
  )
  await insert(session, table, targets.filter(({ before, after }) => before === null && after !== null).map(entry))
}

/** Numbers grow in the order of time within a commit; a row that moves gets the next number of its new workflow. */
async function putEvents(
  session: Session,
  settling: Settling,
  targets: readonly Target[],
  of: (row: EventRow) => Target,
  rows: Gathered<EventRow>,
): Promise<void> {
  const tasks = targets.map((target) => taskEventChanges(settling, target))
  await remove(session, 'event_logs', [...rows.removed.map(({ id }) => id), ...tasks.flatMap(({ removed }) => removed)])
  const numbered = new Map<Target, Numbered[]>(targets.map((target) => [target, []]))
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
  await update(session, eventLogs, ['message', 'payload', 'timestamp'], stay)
  await update(session, eventLogs, ['workflow_id', 'task_id', 'agent_id', 'seq', 'tenant_id'], moved)
  await insert(session, eventLogs, added)
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
function ownPlace({ stored }: Target): Place {
  return { workflow: stored, agent: null, trace: '', node: '' }
}

type TaskEvent = ReturnType<Settling['taskEvents']>[number]

function taskEventChanges(
  settling: Settling,
  target: Target,
): { target: Target; added: TaskEvent[]; changed: TaskEvent[]; removed: string[] } {
  const before = target.before === null ? [] : settling.taskEvents(target.before.row)
  const after = target.after === null ? [] : settling.taskEvents(target.after.row)
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
  settling: Settling,
  targets: readonly Target[],
  users: Users,
  of: (row: UsageRow) => Target,
  rows: Gathered<UsageRow>,
): Promise<void> {
  const arriving = new Map<Target, { row: UsageRow; isNew: boolean }[]>(targets.map((target) => [target, []]))
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
  const table = tokenUsage(settling)
  await remove(
    session,
    'token_usage',
    rows.removed.map(({ id }) => id),
  )
  await update(session, table, ['user_id', 'task_id', 'agent_id', 'call_sequence', 'tenant_id'], moved)
  await insert(session, table, added)
  if (renumber.length > 0) await session.query(statement('renumber_calls'), [renumber])
}

/** Rows written earlier follow their task to its new user or tenant. */
async function follow(session: Session, targets: readonly Target[], users: Users): Promise<void> {
  const kept = targets.filter(({ before, after }) => before !== null && after !== null)
  const otherTenant = kept.filter(({ before, after }) => before!.row.tenantId !== after!.row.tenantId)
  const usage = kept.filter(
    (target) => otherTenant.includes(target) || users(target, 'before') !== users(target, 'after'),
  )
  const tenants = (list: readonly Target[]) => list.map(({ after }) => after!.row.tenantId)
  if (usage.length > 0) {
    await session.query(statement('adopt_usage'), [
      usage.map(({ task }) => task),
      usage.map((target) => users(target, 'after')),
      tenants(usage),
    ])
  }
  if (otherTenant.length === 0) return
  for (const table of ['event_logs', 'tool_executions', 'agent_executions']) {
    await session.query(statement(`adopt_${table}`), [otherTenant.map(({ stored }) => stored), tenants(otherTenant)])
  }
}
