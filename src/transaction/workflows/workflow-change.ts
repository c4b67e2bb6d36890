import type { Share } from '../../settle/share/share.ts'
import type { TaskRow } from '../../settle/workflow/task-row.ts'

/** A workflow that a transaction changes, from its lock to its rows. */
export interface WorkflowChange {
  readonly tenant: string
  readonly workflow: string
  /** Its id as the tables store it. */
  readonly stored: string
  /** The id of its task: ours, or that of a row which somebody else had made for this workflow. */
  readonly task: string
  readonly ownTask: string
  /** As it was; null where it had no task. */
  readonly before: { readonly share: Share; readonly row: TaskRow } | null
  /** As it will be; null where the task disappears. */
  readonly after: { readonly share: Share; readonly row: TaskRow } | null
  /** The trace whose share its state is, if it has no other. */
  readonly onlyTrace: string | null
  /** The last number given to an event; the next one is one more. */
  seq: bigint
  /** The greatest id of its token_usage rows so far. */
  lastCall: string | null
}

/** The user of each target's task, now and before: an id of `users`. */
export type UserOf = (target: WorkflowChange, when: 'before' | 'after') => string | null

/** Whether the task's row is ours to write. */
export function isOwn({ task, ownTask }: WorkflowChange): boolean {
  return task === ownTask
}

export function nextSeq(target: WorkflowChange): bigint {
  target.seq += 1n
  return target.seq
}
