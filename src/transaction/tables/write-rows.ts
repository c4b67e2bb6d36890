import type { AgentRow, RowChanges, ToolRow } from '../../settle/model/rows.ts'
import { awaitInOrder, type Session } from '../../store/database.ts'
import { insert, remove, type StoredRow, update } from '../../store/tables/table.ts'
import { column } from '../lists.ts'
import { statement } from '../statements.ts'
import { ownsTask, type UserOf, type WorkflowChange } from '../workflows/workflow-change.ts'
import {
  type Destination,
  type GatheredRows,
  gather,
  type PlacedRow,
  storedByEnd,
  type TableWrites,
  workflowOf,
} from './destination.ts'
import type { TaskEntry } from './fact-tables.ts'
import { type PrunedBefore, type RowWatch, watchRows } from './missing-rows.ts'
import { writeEvents } from './write-events.ts'
import { writeUsage } from './write-usage.ts'

/** Where rows are written, and what retention has removed there. */
type Written = Omit<Destination, 'byId' | 'watch'> & { readonly prunedBefore: PrunedBefore }

/**
 * Writes all changes of the tables that people read, days excepted. `after` sends the statements that follow. Throws
 * `MissingRows` where rows that must change are gone, though retention has not removed them.
 */
export async function writeRows<T>(
  session: Session,
  { prunedBefore, ...where }: Written,
  changes: readonly RowChanges[],
  after: () => Promise<T>,
): Promise<T> {
  const { workflows, users, tables } = where
  const byId = new Map<string, WorkflowChange>()
  for (const workflow of workflows) byId.set(workflow.workflow, workflow)
  const watch = watchRows(workflows, prunedBefore)
  const destination = { ...where, byId, watch }
  const own = workflows.filter(ownsTask)
  const writes = [
    writeEvents(session, destination, gather(column(changes, 'events'))),
    writeUsage(session, destination, gather(column(changes, 'usage'))),
    writeTools(session, destination, gather(column(changes, 'tools'))),
    writeAgents(session, destination, gather(column(changes, 'agents'))),
  ]
  // a platform's foreign keys want the task before its rows, and refuse the rows of a task that is gone
  const changed = answersTo(
    [...writeTasks(session, destination, own), ...writes.flatMap(({ change }) => change())],
    watch,
  )
  // a row that is removed may be looked for in all partitions, and be added again with the same id: only its table waits
  const removing = writes.filter(removesRows)
  const added = writes.filter((one) => !removesRows(one)).flatMap(({ add }) => add())
  // deleted last, because a platform's foreign keys may point to these tasks until here
  const deleted = own.filter(isDeleted)
  const sendRest = async () => {
    const answers = await awaitInOrder([
      ...removing.flatMap(({ add }) => add()),
      updateOwners(session, workflows, users),
      remove(session, tables.tasks, storedTasks(deleted)),
      after(),
    ])
    return answers.at(-1) as T
  }
  const rest = removing.length === 0 ? sendRest() : changed.then(sendRest)
  const answers = await answersTo([changed, ...added, rest], watch)
  return answers.at(-1) as T
}

function removesRows({ removes }: TableWrites): boolean {
  return removes
}

/** An error of a row whose task is gone is no error of the row. */
async function answersTo(sent: readonly Promise<unknown>[], watch: RowWatch): Promise<unknown[]> {
  try {
    return await awaitInOrder(sent)
  } finally {
    watch.check()
  }
}

function writeTasks(
  session: Session,
  { tables: { tasks }, users, watch }: Destination,
  workflows: readonly WorkflowChange[],
): Promise<unknown>[] {
  const existing = workflows.filter(isKept)
  const names = column(tasks.columns, 'name')
  const placed = existing.map(placedTask)
  return [
    update(session, tasks, names, taskEntries(existing, users), storedTasks(existing)).then(
      watch.looked(tasks.name, placed),
    ),
    insert(session, tasks, taskEntries(workflows.filter(isAdded), users)),
  ]
}

function placedTask({ task, workflow }: WorkflowChange): { readonly id: string } & PlacedRow {
  return { id: task, place: { workflow } }
}

function isAdded({ before, after }: WorkflowChange): boolean {
  return before === null && after !== null
}

function isKept({ before, after }: WorkflowChange): boolean {
  return before !== null && after !== null
}

function isDeleted({ before, after }: WorkflowChange): boolean {
  return before !== null && after === null
}

function taskEntries(workflows: readonly WorkflowChange[], users: UserOf): TaskEntry[] {
  const entries: TaskEntry[] = []
  for (const workflow of workflows) entries.push({ row: workflow.after!.row, userId: users(workflow, 'after') })
  return entries
}

function storedTasks(workflows: readonly WorkflowChange[]): StoredRow[] {
  const stored: StoredRow[] = []
  for (const { task, before } of workflows) stored.push({ id: task, timeNs: before!.row.startedNs })
  return stored
}

function writeTools(
  session: Session,
  destination: Destination,
  { added, removed, moved, reassigned }: GatheredRows<ToolRow>,
): TableWrites {
  const {
    tables: { tools },
    watch,
  } = destination
  const changed = [...moved, ...reassigned]
  const names = ['workflow_id', 'agent_id', 'tenant_id', 'task_execution_id']
  return {
    removes: removed.length > 0,
    change: () => [
      remove(session, tools, storedByEnd(removed)).then(watch.looked(tools.name, removed)),
      update(session, tools, names, withWorkflows(destination, changed), storedByEnd(changed)).then(
        watch.looked(tools.name, changed),
      ),
    ],
    add: () => [insert(session, tools, withWorkflows(destination, added))],
  }
}

/** The row of an agent does not say for which other agent it was at work, so a row that is reassigned stays as it is. */
function writeAgents(
  session: Session,
  destination: Destination,
  { added, removed, moved }: GatheredRows<AgentRow>,
): TableWrites {
  const {
    tables: { agents },
    watch,
  } = destination
  const stored = (rows: readonly AgentRow[]) => rows.map(({ id, startNs }) => ({ id, timeNs: startNs }))
  const names = ['workflow_id', 'task_id', 'tenant_id', 'task_execution_id']
  return {
    removes: removed.length > 0,
    change: () => [
      remove(session, agents, stored(removed)).then(watch.looked(agents.name, removed)),
      update(session, agents, names, withWorkflows(destination, moved), stored(moved)).then(
        watch.looked(agents.name, moved),
      ),
    ],
    add: () => [insert(session, agents, withWorkflows(destination, added))],
  }
}

function withWorkflows<Row extends ToolRow | AgentRow>(
  destination: Destination,
  rows: readonly Row[],
): { readonly row: Row; readonly workflow: WorkflowChange }[] {
  const entries = []
  for (const row of rows) entries.push({ row, workflow: workflowOf(destination, row) })
  return entries
}

/** Whose the rows of a task are. */
interface Owner {
  readonly workflow: string
  readonly task: string
  readonly user: string | null
  readonly tenant: string | null
}

/** Gives the rows of earlier transactions the user and tenant of their task, where these have changed. */
async function updateOwners(session: Session, workflows: readonly WorkflowChange[], users: UserOf): Promise<void> {
  const [ofUsage, ofRows]: [Owner[], Owner[]] = [[], []]
  for (const workflow of workflows) {
    const { task, before, after } = workflow
    if (before === null || after === null) continue
    const owner = { workflow: workflow.workflow, task, user: users(workflow, 'after'), tenant: after.row.tenantId }
    const hasOtherTenant = owner.tenant !== before.row.tenantId
    if (hasOtherTenant) ofRows.push(owner)
    if (hasOtherTenant || owner.user !== users(workflow, 'before')) ofUsage.push(owner)
  }
  // rows of other tables have another tenant only where calls have one too
  if (ofUsage.length === 0) return
  // where a table was not analysed yet, PostgreSQL expects few rows of these tasks, and a nested loop looks through the list of
  // tasks anew for each of them
  await awaitInOrder([
    session.query('set local enable_nestloop to off'),
    session.query(statement('set_usage_owner'), [
      column(ofUsage, 'task'),
      column(ofUsage, 'user'),
      column(ofUsage, 'tenant'),
    ]),
    ...(ofRows.length === 0
      ? []
      : [session.query(statement('set_row_tenants'), [column(ofRows, 'workflow'), column(ofRows, 'tenant')])]),
    session.query('set local enable_nestloop to default'),
  ])
}
