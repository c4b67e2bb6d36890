import type { UsageRow } from '../../settle/model/rows.ts'
import type { Session } from '../../store/database.ts'
import { insert, remove, update } from '../../store/tables/table.ts'
import { statement } from '../statements.ts'
import type { WorkflowChange } from '../workflows/workflow-change.ts'
import {
  type Arriving,
  arrivingByWorkflow,
  type Destination,
  type GatheredRows,
  storedByEnd,
  type TableWrites,
} from './destination.ts'
import type { UsageEntry } from './fact-tables.ts'

/** Writes the billed calls. `call_sequence` is the rank of a call in its task by start and id. */
export function writeUsage(session: Session, destination: Destination, rows: GatheredRows<UsageRow>): TableWrites {
  const {
    tables: { usage },
    watch,
  } = destination
  const [added, moved]: [UsageEntry[], UsageEntry[]] = [[], []]
  const renumbered: string[] = []
  for (const [workflow, list] of arrivingByWorkflow(destination, rows)) {
    list.sort((a, b) => (a.row.id < b.row.id ? -1 : 1))
    const isRanked = destination.ranking?.get(workflow.workflow) ?? !areLatest(list, workflow)
    if (workflow.after !== null && isRanked) renumbered.push(workflow.task)
    const calls = workflow.before?.share.sums.calls ?? 0
    const userId = destination.users(workflow, 'after')
    for (const [i, { row, isNew }] of list.entries()) {
      const entry = { row, workflow, userId, sequence: calls + i + 1 }
      if (isNew) added.push(entry)
      else moved.push(entry)
    }
    const last = list.at(-1)?.row.id
    if (last !== undefined && (workflow.lastCall === null || last > workflow.lastCall)) workflow.lastCall = last
  }
  const names = ['user_id', 'task_id', 'agent_id', 'call_sequence', 'tenant_id', 'workflow_id']
  return {
    change: () => [
      remove(session, usage, storedByEnd(rows.removed)).then(watch.looked(usage.name, rows.removed)),
      update(session, usage, names, moved, storedByEnd(rows.moved)).then(watch.looked(usage.name, rows.moved)),
    ],
    add: () => [insert(session, usage, added), renumber(session, renumbered)],
  }
}

async function renumber(session: Session, tasks: readonly string[]): Promise<void> {
  if (tasks.length > 0) await session.query(statement('renumber_calls'), [tasks])
}

/** Whether these calls follow all earlier ones of the task, and none was removed: no earlier call gets another rank then. */
function areLatest(list: readonly Arriving<UsageRow>[], { before, after, lastCall }: WorkflowChange): boolean {
  const calls = before?.share.sums.calls ?? 0
  if (calls + list.length !== after?.share.sums.calls) return false
  return lastCall === null || list.length === 0 || list[0]!.row.id > lastCall
}
