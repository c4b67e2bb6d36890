import { taskId } from '../../settle/model/ids.ts'
import type { Share } from '../../settle/share/share.ts'
import { noShare } from '../../settle/share/share.ts'
import type { Session } from '../../store/database.ts'
import { shareFromText } from '../ledger/share-codec.ts'
import { groupBy } from '../lists.ts'
import { statement } from '../statements.ts'

/** The share that a trace gives to a workflow, before and after the transaction. */
export interface Contribution {
  readonly workflow: string
  readonly trace: string
  readonly before: Share
  readonly after: Share
}

/** A workflow that this transaction has locked, as the database has it, and what this transaction contributes to it. */
export interface LockedWorkflow {
  readonly workflow: string
  readonly task: string
  readonly seq: string
  readonly lastCall: string | null
  /** The trace whose share is the workflow's state, where the workflow has no other trace. */
  readonly onlyTrace: string | null
  /** The folded shares of all traces. */
  readonly state: Share
  /** The folded shares of the traces that the ledger keeps no longer. */
  readonly pruned: Share
  readonly contributions: readonly Contribution[]
  /** Whether all rows of the workflow are written again, from the shares of all of its traces. */
  readonly isRewritten: boolean
}

/** How workflows are locked. */
export interface LockOptions {
  readonly checkOtherWriters: boolean
  /** The workflows whose rows are all written again. */
  readonly rewritten: ReadonlySet<string>
}

interface WorkflowRow {
  readonly workflow: string
  readonly task: string
  readonly seq: string
  readonly last_call: string | null
  readonly only_trace: string | null
  readonly state: string | null
  readonly pruned: string | null
}

/**
 * Locks, until the commit, the workflows whose shares change. With `checkOtherWriters`, a task that another writer has
 * written for one of them becomes the workflow's task and stays as it is, and our events are numbered far from theirs.
 */
export async function lockWorkflows(
  session: Session,
  contributions: readonly Contribution[],
  { checkOtherWriters, rewritten }: LockOptions,
): Promise<LockedWorkflow[]> {
  if (contributions.length === 0) return []
  const groups = groupBy(contributions, workflowOf)
  const workflows = [...groups.keys()]
  const keys = [workflows, workflows.map(taskId)]
  if (checkOtherWriters) {
    await session.query(statement('lock_workflows'), keys)
    await session.query(statement('use_platform_tasks'), keys)
  }
  const rows = await session.query<WorkflowRow>(statement('lock_workflows'), keys)
  const locked: LockedWorkflow[] = []
  for (const { workflow, task, seq, last_call: lastCall, only_trace: onlyTrace, state, pruned } of rows) {
    locked.push({
      workflow,
      task,
      seq,
      lastCall,
      onlyTrace,
      state: shareOrNone(state),
      pruned: shareOrNone(pruned),
      contributions: groups.get(workflow)!,
      isRewritten: rewritten.has(workflow),
    })
  }
  return locked
}

function workflowOf({ workflow }: Contribution): string {
  return workflow
}

function shareOrNone(text: string | null): Share {
  return text === null ? noShare : shareFromText(text)
}
