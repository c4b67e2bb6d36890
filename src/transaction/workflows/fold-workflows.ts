import { taskId } from '../../settle/model/ids.ts'
import { foldShares, replaceShare } from '../../settle/share/fold-shares.ts'
import type { Share } from '../../settle/share/share.ts'
import { noShare } from '../../settle/share/share.ts'
import { taskRow } from '../../settle/workflow/task-row.ts'
import { makesTask } from '../../settle/workflow/task-status.ts'
import type { Session } from '../../store/database.ts'
import { shareFromText, shareToText } from '../ledger/share-codec.ts'
import { column, groupBy } from '../lists.ts'
import { statement } from '../statements.ts'
import { type LockedWorkflow, lockWorkflows } from './lock-workflows.ts'
import type { WorkflowChange } from './workflow-change.ts'

/** Folds the shares of locked workflows with what the transaction contributes, and writes the shares. */
export async function foldWorkflows(session: Session, locked: readonly LockedWorkflow[]): Promise<WorkflowChange[]> {
  const folded = new Map<LockedWorkflow, Share | null>()
  for (const one of locked) folded.set(one, fold(one))
  await foldFromShares(session, folded)
  const placed = locked.map(placeShares)
  await writeShares(session, placed)
  const changes: WorkflowChange[] = []
  for (const [i, one] of locked.entries()) changes.push(changeOf(one, folded.get(one)!, placed[i]!.onlyTrace))
  return changes
}

/** Locks a workflow that is removed whole. Where it does not exist, it is added without a task, and locked. */
export async function lockRemoved(session: Session, workflow: string): Promise<WorkflowChange> {
  const nothing = { workflow, trace: '', before: noShare, after: noShare }
  const [locked] = await lockWorkflows(session, [nothing], { checkOtherWriters: false, rewritten: new Set() })
  return changeOf(locked!, noShare, null)
}

/** Returns null where the fold needs the shares of all traces. */
function fold({ state, contributions, isRewritten }: LockedWorkflow): Share | null {
  if (isRewritten) return null
  let folded: Share | null = state
  for (const { before, after } of contributions) folded = folded && replaceShare(folded, before, after)
  return folded
}

/** Folds the shares of all traces of those workflows whose best value of a field was removed: `folded` has null for them. */
async function foldFromShares(session: Session, folded: Map<LockedWorkflow, Share | null>): Promise<void> {
  const pending: LockedWorkflow[] = []
  for (const [one, share] of folded) if (share === null) pending.push(one)
  if (pending.length === 0) return
  const rows = await session.query<{ workflow: string; trace: string; share: string }>(statement('workflow_shares'), [
    column(pending, 'workflow'),
  ])
  const stored = groupBy(rows, ({ workflow }) => workflow)
  for (const one of pending) {
    const shares = new Map(stored.get(one.workflow)?.map(({ trace, share }) => [trace, shareFromText(share)]))
    if (one.onlyTrace !== null) shares.set(one.onlyTrace, one.state)
    for (const { trace, after } of one.contributions) shares.set(trace, after)
    folded.set(one, foldShares([one.pruned, ...shares.values()]))
  }
}

/** Where the shares of a workflow are stored after the transaction. */
interface PlacedShares {
  /** The trace whose share is only stored as the workflow's state. */
  readonly onlyTrace: string | null
  readonly written: readonly ShareRow[]
  readonly deleted: readonly ShareRow[]
}

interface ShareRow {
  readonly workflow: string
  readonly trace: string
  readonly share: Share
}

/** Most workflows have one trace: its share is the workflow's state, and gets a row of its own with the second trace. */
function placeShares({ workflow, state, onlyTrace, contributions }: LockedWorkflow): PlacedShares {
  const hadMany = state.nodes > 0 && onlyTrace === null
  const rows = contributions.map(({ trace, after }) => ({ workflow, trace, share: after }))
  const remaining = rows.filter(({ share }) => share.nodes > 0)
  if (onlyTrace !== null && !rows.some(({ trace }) => trace === onlyTrace)) {
    remaining.push({ workflow, trace: onlyTrace, share: state })
  }
  if (!hadMany && remaining.length <= 1) return { onlyTrace: remaining[0]?.trace ?? null, written: [], deleted: [] }
  return { onlyTrace: null, written: remaining, deleted: hadMany ? rows.filter(({ share }) => share.nodes === 0) : [] }
}

async function writeShares(session: Session, placed: readonly PlacedShares[]): Promise<void> {
  const keys = (rows: readonly ShareRow[]) => [column(rows, 'workflow'), column(rows, 'trace')]
  const deleted = column(placed, 'deleted').flat()
  const written = column(placed, 'written').flat()
  if (deleted.length > 0) await session.query(statement('delete_shares'), keys(deleted))
  if (written.length > 0)
    await session.query(statement('upsert_shares'), [...keys(written), column(written, 'share').map(shareToText)])
}

function changeOf(locked: LockedWorkflow, folded: Share, onlyTrace: string | null): WorkflowChange {
  const { workflow, task, seq, lastCall } = locked
  const state = (share: Share) => (makesTask(share) ? { share, row: taskRow(workflow, share) } : null)
  return {
    workflow,
    task,
    ownTask: taskId(workflow),
    before: state(locked.state),
    after: state(folded),
    folded,
    onlyTrace,
    seq: BigInt(seq),
    lastCall,
  }
}

/** Writes the states of workflows, and the numbers that their events and calls have reached. */
export async function writeWorkflows(session: Session, workflows: readonly WorkflowChange[]): Promise<void> {
  await session.query(statement('update_workflows'), [
    column(workflows, 'workflow'),
    column(workflows, 'seq').map(String),
    column(workflows, 'lastCall'),
    column(workflows, 'onlyTrace'),
    column(workflows, 'folded').map(stateText),
  ])
}

function stateText(folded: Share): string | null {
  return folded.nodes === 0 ? null : shareToText(folded)
}
