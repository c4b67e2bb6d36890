import type { UsageRow } from '../../settle/model/rows.ts'
import { awaitInOrder, type Session } from '../../store/database.ts'
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
  workflowOf,
} from './destination.ts'
import type { UsageEntry } from './fact-tables.ts'

/** Writes the billed calls. `call_sequence` is the rank of a call in its task by start and id. */
export function writeUsage(session: Session, destination: Destination, rows: GatheredRows<UsageRow>): TableWrites {
  const {
    tables: { usage },
    watch,
  } = destination
  const [added, moved]: [UsageEntry[], UsageEntry[]] = [[], []]
  const ranked: RankedTask[] = []
  for (const [workflow, list] of arrivingByWorkflow(destination, rows)) {
    list.sort(byRowId)
    const isRanked = destination.ranking?.get(workflow.workflow) ?? !areLatest(list, workflow)
    if (workflow.after !== null && isRanked) ranked.push(rankedTask(list, workflow))
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
  const reassigned = rows.reassigned.map((row) => {
    const workflow = workflowOf(destination, row)
    return { row, workflow, userId: destination.users(workflow, 'after'), sequence: 0 }
  })
  // with the user and tenant of their task, which may have changed too: a row that is written twice costs twice
  const ofAgent = ['user_id', 'agent_id', 'tenant_id']
  return {
    removes: rows.removed.length > 0,
    change: () => [
      remove(session, usage, storedByEnd(rows.removed)).then(watch.looked(usage.name, rows.removed)),
      update(session, usage, names, moved, storedByEnd(rows.moved)).then(watch.looked(usage.name, rows.moved)),
      update(session, usage, ofAgent, reassigned, storedByEnd(rows.reassigned)).then(
        watch.looked(usage.name, rows.reassigned),
      ),
    ],
    add: () => [insert(session, usage, added), rankCalls(session, ranked)],
  }
}

function byRowId({ row: a }: Arriving<UsageRow>, { row: b }: Arriving<UsageRow>): number {
  return a.id < b.id ? -1 : 1
}

/** A task whose calls are ranked again. */
interface RankedTask {
  readonly task: string
  /** The number of its calls. */
  readonly calls: number
  /** Earlier calls keep their rank; null: all are ranked. */
  readonly from: string | null
}

/** From so many calls of a task on, only those that may have another rank are read. */
const manyCalls = 100

function rankedTask(list: readonly Arriving<UsageRow>[], workflow: WorkflowChange): RankedTask {
  const { calls } = workflow.after!.share.sums
  const isSuffix = calls >= manyCalls && list.length > 0 && hasOnlyMore(list, workflow)
  return { task: workflow.task, calls, from: isSuffix ? list[0]!.row.id : null }
}

async function rankCalls(session: Session, ranked: readonly RankedTask[]): Promise<void> {
  const whole = ranked.filter(({ from }) => from === null).map(({ task }) => task)
  await awaitInOrder([
    ...(whole.length === 0 ? [] : [session.query(statement('renumber_calls'), [whole])]),
    ...ranked
      .filter(({ from }) => from !== null)
      .map(({ task, calls, from }) => session.query(statement('rank_latest_calls'), [task, from, calls])),
  ])
}

/** Whether the task has lost no call. */
function hasOnlyMore(list: readonly Arriving<UsageRow>[], { before, after }: WorkflowChange): boolean {
  return (before?.share.sums.calls ?? 0) + list.length === after?.share.sums.calls
}

/** Whether these calls follow all earlier ones of the task, and none was removed: no earlier call gets another rank then. */
function areLatest(list: readonly Arriving<UsageRow>[], workflow: WorkflowChange): boolean {
  const { lastCall } = workflow
  return hasOnlyMore(list, workflow) && (lastCall === null || list.length === 0 || list[0]!.row.id > lastCall)
}
