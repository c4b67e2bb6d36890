import { foldShares } from '../../settle/share/fold-shares.ts'
import type { Session } from '../../store/database.ts'
import { shareFromText, shareToText } from '../ledger/share-codec.ts'
import { groupBy } from '../lists.ts'
import { statement } from '../statements.ts'

interface WorkflowWithout {
  readonly workflow: string
  readonly pruned: string | null
  /** Whether the workflow has a trace that is not removed. */
  readonly stays: boolean
}

/**
 * Takes traces that are removed out of what is kept of their workflows. A workflow without any other trace goes; one that
 * has others keeps its sums, with the shares of the removed ones folded into one: its task and its day stay as they are.
 */
export async function pruneWorkflows(
  session: Session,
  traces: readonly string[],
  workflows: readonly string[],
): Promise<void> {
  const locked = await session.query<{ workflow: string }>(statement('lock_known_workflows'), [workflows])
  if (locked.length === 0) return
  const found = await session.query<WorkflowWithout>(statement('workflows_without'), [
    locked.map(({ workflow }) => workflow),
    traces,
  ])
  const remaining = found.filter(({ stays }) => stays)
  if (remaining.length > 0) await foldPruned(session, traces, remaining)
  const removed = found.filter(({ stays }) => !stays).map(({ workflow }) => workflow)
  if (removed.length > 0) await session.query(statement('remove_workflows'), [removed])
}

async function foldPruned(
  session: Session,
  traces: readonly string[],
  workflows: readonly WorkflowWithout[],
): Promise<void> {
  const ids = workflows.map(({ workflow }) => workflow)
  const rows = await session.query<{ workflow: string; share: string }>(statement('shares_of_traces'), [ids, traces])
  const shares = groupBy(rows, ({ workflow }) => workflow)
  const folded = workflows
    .filter(({ workflow }) => shares.has(workflow))
    .map(({ workflow, pruned }) => {
      const texts = [...(pruned === null ? [] : [pruned]), ...shares.get(workflow)!.map(({ share }) => share)]
      return { workflow, share: foldShares(texts.map(shareFromText)) }
    })
  if (folded.length === 0) return
  await session.query(statement('set_pruned_shares'), [
    folded.map(({ workflow }) => workflow),
    folded.map(({ share }) => shareToText(share)),
  ])
  await session.query(statement('remove_pruned_shares'), [folded.map(({ workflow }) => workflow), traces])
}
