import type { AgentRow, RowChanges, ToolRow } from '../../settle/model/rows.ts'
import { awaitInOrder, type Session } from '../../store/database.ts'
import { insert, remove, type StoredRow, update } from '../../store/tables/table.ts'
import { statement } from '../statements.ts'
import { ownsTask, type UserOf, type WorkflowChange } from '../workflows/workflow-change.ts'
import { type Destination, type GatheredRows, gather, storedByEnd, type TableWrites } from './destination.ts'
import { type PrunedBefore, type RowWatch, watchRows } from './missing-rows.ts'
import { writeEvents } from './write-events.ts'
import { writeUsage } from './write-usage.ts'

/** Where rows are written, and what retention has removed there. */
type Written = Omit<Destination, 'workflowOf' | 'watch'> & { readonly prunedBefore: PrunedBefore }

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
  const byId = new Map(workflows.map((workflow) => [workflow.workflow, workflow]))
  const workflowOf: Destination['workflowOf'] = ({ place }) => byId.get(place.workflow)!
  const watch = watchRows(workflows, prunedBefore)
  const destination = { ...where, workflowOf, watch }
  const own = workflows.filter(ownsTask)
  const writes = [
    writeEvents(session, destination, gather(changes.map(({ events }) => events))),
    writeUsage(session, destination, gather(changes.map(({ usage }) => usage))),
    writeTools(session, destination, gather(changes.map(({ tools }) => tools))),
    writeAgents(session, destination, gather(changes.map(({ agents }) => agents))),
  ]
  // a platform's foreign keys want the task before its rows, and refuse the rows of a task that is gone
  const changing = [...writeTasks(session, destination, own), ...writes.flatMap(({ change }) => change())]
  // a row that is removed may be looked for in all partitions, and be added again with the same id
  if (writes.some(({ removes }) => removes)) await answersTo(changing, watch)
  // deleted last, because a platform's foreign keys may point to these tasks until here
  const deleted = own.filter(({ before, after }) => before !== null && after === null)
  const answers = await answersTo(
    [
      ...changing,
      ...writes.flatMap(({ add }) => add()),
      updateOwners(session, workflows, users),
      remove(session, tables.tasks, storedTasks(deleted)),
      after(),
    ],
    watch,
  )
  return answers.at(-1) as T
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
  const remaining = workflows.filter(({ after }) => after !== null)
  const entry = (workflow: WorkflowChange) => ({ row: workflow.after!.row, userId: users(workflow, 'after') })
  const existing = remaining.filter(({ before }) => before !== null)
  const names = tasks.columns.map(({ name }) => name)
  const placed = existing.map(({ task, workflow }) => ({ id: task, place: { workflow } }))
  return [
    update(session, tasks, names, existing.map(entry), storedTasks(existing)).then(watch.looked(tasks.name, placed)),
    insert(session, tasks, remaining.filter(({ before }) => before === null).map(entry)),
  ]
}

function storedTasks(workflows: readonly WorkflowChange[]): StoredRow[] {
  return workflows.map(({ task, before }) => ({ id: task, timeNs: before!.row.startedNs }))
}

function writeTools(
  session: Session,
  { tables: { tools }, workflowOf, watch }: Destination,
  { added, removed, moved, reassigned }: GatheredRows<ToolRow>,
): TableWrites {
  const changed = [...moved, ...reassigned]
  const entry = (row: ToolRow) => ({ row, workflow: workflowOf(row) })
  const names = ['workflow_id', 'agent_id', 'tenant_id', 'task_execution_id']
  return {
    removes: removed.length > 0,
    change: () => [
      remove(session, tools, storedByEnd(removed)).then(watch.looked(tools.name, removed)),
      update(session, tools, names, changed.map(entry), storedByEnd(changed)).then(watch.looked(tools.name, changed)),
    ],
    add: () => [insert(session, tools, added.map(entry))],
  }
}

/** The row of an agent does not say for which other agent it was at work, so a row that is reassigned stays as it is. */
function writeAgents(
  session: Session,
  { tables: { agents }, workflowOf, watch }: Destination,
  { added, removed, moved }: GatheredRows<AgentRow>,
): TableWrites {
  const entry = (row: AgentRow) => ({ row, workflow: workflowOf(row) })
  const stored = (rows: readonly AgentRow[]) => rows.map(({ id, startNs }) => ({ id, timeNs: startNs }))
  const names = ['workflow_id', 'task_id', 'tenant_id', 'task_execution_id']
  return {
    removes: removed.length > 0,
    change: () => [
      remove(session, agents, stored(removed)).then(watch.looked(agents.name, removed)),
      update(session, agents, names, moved.map(entry), stored(moved)).then(watch.looked(agents.name, moved)),
    ],
    add: () => [insert(session, agents, added.map(entry))],
  }
}

/** Gives the rows of earlier transactions the user and tenant of their task, where these have changed. */
async function updateOwners(session: Session, workflows: readonly WorkflowChange[], users: UserOf): Promise<void> {
  const kept = workflows.filter(({ before, after }) => before !== null && after !== null)
  const otherTenant = kept.filter(({ before, after }) => before!.row.tenantId !== after!.row.tenantId)
  const otherUserOrTenant = kept.filter(
    (workflow) => otherTenant.includes(workflow) || users(workflow, 'before') !== users(workflow, 'after'),
  )
  const tenants = (list: readonly WorkflowChange[]) => list.map(({ after }) => after!.row.tenantId)
  if (otherUserOrTenant.length > 0) {
    await session.query(statement('set_usage_owner'), [
      otherUserOrTenant.map(({ task }) => task),
      otherUserOrTenant.map((workflow) => users(workflow, 'after')),
      tenants(otherUserOrTenant),
    ])
  }
  if (otherTenant.length === 0) return
  await session.query(statement('set_row_tenants'), [otherTenant.map(({ workflow }) => workflow), tenants(otherTenant)])
}
