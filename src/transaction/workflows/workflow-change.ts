import type { Share } from '../../settle/share/share.ts'
import type { TaskRow } from '../../settle/workflow/task-row.ts'

/** A workflow that a transaction changes, from its lock to its rows. */
export interface WorkflowChange {
  /** The workflow's id, as the tables have it. */
  readonly workflow: string
  /** The id of the workflow's task: ours, or that of a row which another writer has written for this workflow. */
  readonly task: string
  readonly ownTask: string
  /** The workflow before the transaction; null where it had no task. */
  readonly before: WorkflowState | null
  /** The workflow after the transaction; null where its task is deleted. */
  readonly after: WorkflowState | null
  /** The folded shares of all traces after the transaction, those that make no task included. */
  readonly folded: Share
  /** The trace whose share is the workflow's state, where the workflow has no other trace. */
  readonly onlyTrace: string | null
  /** The last number that an event was given; the next event's is one more. */
  seq: bigint
  /** The greatest id of the workflow's rows in token_usage so far. */
  lastCall: string | null
}

/** The folded shares of a workflow, and the row of its task that follows from them. */
export interface WorkflowState {
  readonly share: Share
  readonly row: TaskRow
}

/** Returns the user of a workflow's task before or after the transaction: an id of `users`. */
export type UserOf = (workflow: WorkflowChange, when: 'before' | 'after') => string | null

/** Whether the row of the workflow's task is ours: we write no row of another writer. */
export function ownsTask({ task, ownTask }: WorkflowChange): boolean {
  return task === ownTask
}

/** Gives out the number of the workflow's next event. */
export function nextSeq(workflow: WorkflowChange): bigint {
  workflow.seq += 1n
  return workflow.seq
}
