import { storedId, taskId } from '../../settle/model/ids.ts'
import { foldShares, replaceShare } from '../../settle/share/fold-shares.ts'
import type { Share } from '../../settle/share/share.ts'
import { noShare } from '../../settle/share/share.ts'
import { taskRow } from '../../settle/workflow/task-row.ts'
import type { Session } from '../../store/database.ts'
import { groupBy } from '../group-by.ts'
import { shareFromText, shareToText } from '../ledger/share-codec.ts'
import { statement } from '../statements.ts'
import type { WorkflowChange } from './workflow-change.ts'

/** What a trace gives to a workflow now, and gave before. */
export interface Contribution {
  readonly tenant: string
  readonly workflow: string
  readonly trace: string
  readonly before: Share
  readonly after: Share
}

/** A workflow under its lock: what it is, what this transaction changes, and whose share that is if it has no other. */
export interface LockedWorkflow {
  readonly tenant: string
  readonly workflow: string
  readonly task: string
  readonly seq: string
  readonly lastCall: string | null
  readonly onlyTrace: string | null
  readonly state: Share
  readonly contributions: readonly Contribution[]
}

/**
 * Locks the workflows that get another share from some trace. `looksForRuns`: a task that somebody else has written for
 * one of them stays as it is and is the run's task, and our events are numbered far from theirs.
 */
export async function lockWorkflows(
  session: Session,
  contributions: readonly Contribution[],
  looksForRuns: boolean,
): Promise<LockedWorkflow[]> {
  return contributions.length === 0 ? [] : lock(session, contributions, looksForRuns)
}

/** Locks a workflow of which nothing is to remain. Where there is none, one without a task is made and locked. */
export async function lockRemoved(session: Session, tenant: string, workflow: string): Promise<WorkflowChange> {
  const nothing = { tenant, workflow, trace: '', before: noShare, after: noShare }
  const [locked] = await lock(session, [nothing], false)
  return targetOf(locked!, noShare, null)
}

/** Folds what the locked workflows are with their new shares, and writes these. */
export async function foldWorkflows(session: Session, locked: readonly LockedWorkflow[]): Promise<WorkflowChange[]> {
  const whole = new Map(locked.map((one) => [one, fold(one)]))
  await foldAnew(session, whole)
  const placed = locked.map((one) => placeShares(one))
  await putShares(session, placed)
  return locked.map((one, i) => targetOf(one, whole.get(one)!, placed[i]!.onlyTrace))
}

function keyOf({ tenant, workflow }: { tenant: string; workflow: string }): string {
  return `${tenant} ${workflow}`
}

interface Row {
  readonly tenant: string
  readonly workflow: string
  readonly task: string
  readonly seq: string
  readonly last_call: string | null
  readonly only_trace: string | null
  readonly state: string | null
}

async function lock(
  session: Session,
  contributions: readonly Contribution[],
  looksForRuns: boolean,
): Promise<LockedWorkflow[]> {
  const groups = groupBy(contributions, keyOf)
  const firsts = [...groups.values()].map(([first]) => first!)
  const keys = [
    firsts.map(({ tenant }) => tenant),
    firsts.map(({ workflow }) => workflow),
    firsts.map(({ tenant, workflow }) => taskId(tenant, workflow)),
  ]
  if (looksForRuns) {
    const stored = firsts.map(({ tenant, workflow }) => storedId(tenant, workflow))
    await session.query(statement('lock_workflows'), keys)
    await session.query(statement('share_workflows'), [...keys, stored])
  }
  const rows = await session.query<Row>(statement('lock_workflows'), keys)
  return rows.map(({ last_call: lastCall, only_trace: onlyTrace, state, ...row }) => ({
    ...row,
    lastCall,
    onlyTrace,
    state: state === null ? noShare : shareFromText(state),
    contributions: groups.get(keyOf(row))!,
  }))
}

function fold({ state, contributions }: LockedWorkflow): Share | null {
  return contributions.reduce<Share | null>(
    (whole, { before, after }) => whole && replaceShare(whole, before, after),
    state,
  )
}

/** Where a best value has left, it is found again among the shares of all traces of the workflow. */
async function foldAnew(session: Session, whole: Map<LockedWorkflow, Share | null>): Promise<void> {
  const pending = [...whole.keys()].filter((one) => whole.get(one) === null)
  if (pending.length === 0) return
  const rows = await session.query<{ tenant: string; workflow: string; trace: string; share: string }>(
    statement('other_shares'),
    [pending.map(({ tenant }) => tenant), pending.map(({ workflow }) => workflow)],
  )
  const kept = groupBy(rows, keyOf)
  for (const one of pending) {
    const shares = new Map(kept.get(keyOf(one))?.map(({ trace, share }) => [trace, shareFromText(share)]))
    if (one.onlyTrace !== null) shares.set(one.onlyTrace, one.state)
    for (const { trace, after } of one.contributions) shares.set(trace, after)
    whole.set(one, foldShares(shares.values()))
  }
}

interface PlacedShares {
  readonly onlyTrace: string | null
  readonly put: readonly ShareRow[]
  readonly drop: readonly ShareRow[]
}

interface ShareRow {
  readonly tenant: string
  readonly workflow: string
  readonly trace: string
  readonly share: Share
}

/** Most workflows have one trace: its share is the workflow's state, and a row of its own only once there is another. */
function placeShares({ tenant, workflow, state, onlyTrace, contributions }: LockedWorkflow): PlacedShares {
  const hadMany = state.nodes > 0 && onlyTrace === null
  const rows = contributions.map(({ trace, after }) => ({ tenant, workflow, trace, share: after }))
  const alive = rows.filter(({ share }) => share.nodes > 0)
  if (onlyTrace !== null && !rows.some(({ trace }) => trace === onlyTrace)) {
    alive.push({ tenant, workflow, trace: onlyTrace, share: state })
  }
  if (!hadMany && alive.length <= 1) return { onlyTrace: alive[0]?.trace ?? null, put: [], drop: [] }
  return { onlyTrace: null, put: alive, drop: hadMany ? rows.filter(({ share }) => share.nodes === 0) : [] }
}

async function putShares(session: Session, placed: readonly PlacedShares[]): Promise<void> {
  const keys = (rows: readonly ShareRow[]) => [
    rows.map(({ tenant }) => tenant),
    rows.map(({ workflow }) => workflow),
    rows.map(({ trace }) => trace),
  ]
  const drop = placed.flatMap((one) => one.drop)
  const put = placed.flatMap((one) => one.put)
  if (drop.length > 0) await session.query(statement('drop_shares'), keys(drop))
  if (put.length > 0)
    await session.query(statement('put_shares'), [...keys(put), put.map(({ share }) => shareToText(share))])
}

function targetOf(locked: LockedWorkflow, whole: Share, onlyTrace: string | null): WorkflowChange {
  const { tenant, workflow, task, seq, lastCall } = locked
  const state = (share: Share) => (share.nodes === 0 ? null : { share, row: taskRow(tenant, workflow, share) })
  return {
    tenant,
    workflow,
    stored: storedId(tenant, workflow),
    task,
    ownTask: taskId(tenant, workflow),
    before: state(locked.state),
    after: state(whole),
    onlyTrace,
    seq: BigInt(seq),
    lastCall,
  }
}

/** Writes what the workflows have become. */
export async function writeWorkflows(session: Session, targets: readonly WorkflowChange[]): Promise<void> {
  await session.query(statement('put_workflows'), [
    targets.map(({ tenant }) => tenant),
    targets.map(({ workflow }) => workflow),
    targets.map(({ seq }) => seq.toString()),
    targets.map(({ lastCall }) => lastCall),
    targets.map(({ onlyTrace }) => onlyTrace),
    targets.map(({ after }) => after && shareToText(after.share)),
  ])
}
