import { millisecondsOf } from '../columns.ts'
import { awaitInOrder, type Session } from '../store/database.ts'
import { hourMs, startOfUnit } from '../store/time-ranges.ts'
import { statement } from './statements.ts'
import type { UserOf, WorkflowChange, WorkflowState } from './workflows/workflow-change.ts'

/** What a transaction has written that sums of hours are made of. */
export interface WrittenUsage {
  /** The hours, as milliseconds since 1970, in which calls ended that were added, removed or given to another run. */
  readonly hours: ReadonlySet<number>
  readonly workflows: readonly WorkflowChange[]
  readonly users: UserOf
  /** The workflows whose rows were compared by SQL alone: their hours are unknown here. */
  readonly rewritten: ReadonlySet<string>
}

/**
 * Says of which hours the sums are not up to date any more, after all rows are written and in their transaction. Nothing is
 * added up here: a report reads the rows of an invalid hour, until a receiver has summed it up again. Hours that are not
 * summed up yet are named too: a receiver may sum them up before this transaction commits.
 */
export function invalidateRollups(
  session: Session,
  { hours, workflows, users, rewritten }: WrittenUsage,
): Promise<unknown> {
  const runs: number[] = []
  const tasks: string[] = []
  for (const one of workflows) {
    const isRewritten = rewritten.has(one.workflow)
    runs.push(...hoursOfUncounted(one, isRewritten))
    if (isRewritten || isOfOther(one, users)) tasks.push(one.task)
  }
  const kinds = [...[...hours].map(() => 'calls'), ...runs.map(() => 'runs')]
  return awaitInOrder([
    ...(kinds.length === 0 ? [] : [session.query(statement('invalidate_hours'), [kinds, [...hours, ...runs]])]),
    ...(tasks.length === 0 ? [] : [invalidateCalls(session, tasks, [])]),
  ])
}

/** Invalidates the hours of all calls of tasks, and of those with an id, as the rows are now. */
export function invalidateCalls(session: Session, tasks: readonly string[], ids: readonly string[]): Promise<unknown> {
  return session.query(statement('invalidate_hours_of_calls'), [tasks, ids])
}

/** Whether earlier calls of the task are summed up by another user, tenant or mode now. */
function isOfOther(workflow: WorkflowChange, users: UserOf): boolean {
  const { before, after } = workflow
  if (before === null || after === null || before.share.sums.calls === 0) return false
  const isSame = before.row.mode === after.row.mode && before.row.tenantId === after.row.tenantId
  return !isSame || users(workflow, 'before') !== users(workflow, 'after')
}

/** The hours in which the run started, before and after, where other calls without usage are known of it or it started then. */
function hoursOfUncounted({ before, after }: WorkflowChange, isRewritten: boolean): number[] {
  const states = [before, after].filter((state) => state !== null && state.share.uncounted.size > 0) as WorkflowState[]
  const hours = new Set(states.map(({ row }) => startOfUnit(millisecondsOf(row.startedNs), hourMs)))
  const isSame = states.length === 2 && hours.size === 1 && isSameCounts(states[0]!, states[1]!)
  return isSame && !isRewritten ? [] : [...hours]
}

function isSameCounts({ share: { uncounted: a } }: WorkflowState, { share: { uncounted: b } }: WorkflowState): boolean {
  return a === b || (a.size === b.size && [...a].every(([model, calls]) => b.get(model) === calls))
}
