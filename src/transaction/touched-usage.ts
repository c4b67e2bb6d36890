import { millisecondsOf } from '../columns.ts'
import type { RowChanges } from '../settle/model/rows.ts'
import { hourMs, startOfUnit } from '../store/time-ranges.ts'
import type { WorkflowChange, WorkflowState } from './workflows/workflow-change.ts'

/** Where a transaction has changed what calls cost, or whose they are. */
export interface TouchedUsage {
  /** The hours, as milliseconds since 1970, in which calls ended that were added, removed or given to another run or agent. */
  readonly hours: ReadonlySet<number>
  /** The tasks all of whose calls may have another user or workflow name, or were written again. */
  readonly tasks: readonly string[]
}

/** Returns what a transaction has touched. Rows of `rewritten` workflows were compared by SQL alone, so their hours are unknown. */
export function touchedUsage(
  hours: ReadonlySet<number>,
  workflows: readonly WorkflowChange[],
  rewritten: ReadonlySet<string>,
): TouchedUsage {
  const tasks = workflows.filter((one) => rewritten.has(one.workflow) || hasOtherOwner(one)).map(({ task }) => task)
  return { hours, tasks }
}

/** The hours, as milliseconds since 1970, in which calls ended that were added, removed or given to another run or agent. */
export function hoursOfCalls(rows: readonly RowChanges[]): Set<number> {
  const hours = new Set<number>()
  for (const { usage } of rows)
    for (const calls of [usage.added, usage.removed, usage.moved, usage.reassigned])
      for (const { endNs } of calls) hours.add(startOfUnit(millisecondsOf(endNs), hourMs))
  return hours
}

function hasOtherOwner({ before, after }: WorkflowChange): boolean {
  if (before === null || after === null) return false
  return before.row.user !== after.row.user || workflowName(before) !== workflowName(after)
}

function workflowName({ share }: WorkflowState): string | undefined {
  return share.best.get('workflowName')?.value
}
