import type { AgentRow, RowChanges, ToolRow } from '../../settle/model/rows.ts'
import type { Session } from '../../store/database.ts'
import { insert, remove, type StoredRow, update } from '../../store/tables/table.ts'
import { statement } from '../statements.ts'
import { ownsTask, type UserOf, type WorkflowChange } from '../workflows/workflow-change.ts'
import { type Destination, type GatheredRows, gather, storedByEnd } from './destination.ts'
import { type PrunedBefore, watchRows } from './missing-rows.ts'
import { writeEvents } from './write-events.ts'
import { writeUsage } from './write-usage.ts'

/**
 * Writes all changes of the tables that people read, days excepted. Throws `MissingRows` where rows that must change are
 * gone, though retention has not removed them.
 */
export async function writeRows(
  session: Session,
  { prunedBefore, ...where }: Omit<Destination, 'workflowOf' | 'watch'> & { readonly prunedBefore: PrunedBefore },
  changes: readonly RowChanges[],
): Promise<void> {
  const { workflows, users, tables } = where
  const byId = new Map(workflows.map((workflow) => [workflow.workflow, workflow]))
  const workflowOf: Destination['workflowOf'] = ({ place }) => byId.get(place.workflow)!
  const watch = watchRows(workflows, prunedBefore)
  const destination = { ...where, workflowOf, watch }
  const own = workflows.filter(ownsTask)
  await writeTasks(session, destination, own)
  // a platform's foreign keys would refuse the rows of a task that is gone
  watch.check()
  await writeEvents(session, destination, gather(changes, 'events'))
  await writeUsage(session, destination, gather(changes, 'usage'))
  await writeTools(session, destination, gather(changes, 'tools'))
  await writeAgents(session, destination, gather(changes, 'agents'))
  await updateOwners(session, workflows, users)
  // last, because a platform's foreign keys may point to these tasks until here
  const deleted = own.filter(({ before, after }) => before !== null && after === null)
  await remove(session, tables.tasks, storedTasks(deleted))
  watch.check()
}

async function writeTasks(
  session: Session,
  { tables: { tasks }, users, watch }: Destination,
  workflows: readonly WorkflowChange[],
): Promise<void> {
  const remaining = workflows.filter(({ after }) => after !== null)
  const entry = (workflow: WorkflowChange) => ({ row: workflow.after!.row, userId: users(workflow, 'after') })
  const existing = remaining.filter(({ before }) => before !== null)
  const names = tasks.columns.map(({ name }) => name)
  const gone = await update(session, tasks, names, existing.map(entry), storedTasks(existing))
  const placed = existing.map(({ task, workflow }) => ({ id: task, place: { workflow } }))
  watch.looked(tasks.name, placed, gone)
  await insert(session, tasks, remaining.filter(({ before }) => before === null).map(entry))
}

function storedTasks(workflows: readonly WorkflowChange[]): StoredRow[] {
  return workflows.map(({ task, before }) => ({ id: task, timeNs: before!.row.startedNs }))
}

async function writeTools(
  session: Session,
  { tables: { tools }, workflowOf, watch }: Destination,
  { added, removed, moved }: GatheredRows<ToolRow>,
): Promise<void> {
  const entry = (row: ToolRow) => ({ row, workflow: workflowOf(row) })
  watch.looked(tools.name, removed, await remove(session, tools, storedByEnd(removed)))
  const names = ['workflow_id', 'agent_id', 'tenant_id', 'task_execution_id']
  watch.looked(tools.name, moved, await update(session, tools, names, moved.map(entry), storedByEnd(moved)))
  await insert(session, tools, added.map(entry))
}

async function writeAgents(
  session: Session,
  { tables: { agents }, workflowOf, watch }: Destination,
  { added, removed, moved }: GatheredRows<AgentRow>,
): Promise<void> {
  const entry = (row: AgentRow) => ({ row, workflow: workflowOf(row) })
  const stored = (rows: readonly AgentRow[]) => rows.map(({ id, startNs }) => ({ id, timeNs: startNs }))
  watch.looked(agents.name, removed, await remove(session, agents, stored(removed)))
  const names = ['workflow_id', 'task_id', 'tenant_id', 'task_execution_id']
  watch.looked(agents.name, moved, await update(session, agents, names, moved.map(entry), stored(moved)))
  await insert(session, agents, added.map(entry))
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
