import type { MentionedId } from '../../settle/call-ids/shared-calls.ts'
import { taskId } from '../../settle/model/ids.ts'
import { rulesVersion } from '../../settle/rules-version.ts'
import type { TraceChanges } from '../../settle/settle.ts'
import { awaitInOrder, type Session } from '../../store/database.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { mostMovedRows, writeMoves } from '../ledger/moves.ts'
import { writeLedger } from '../ledger/write-ledger.ts'
import { column } from '../lists.ts'
import { lostShares, reportsAgain, setRules, voidCopies } from '../resettle/outdated.ts'
import { withStoredShares } from '../resettle/part-of-run.ts'
import { hashesOfPart } from '../resettle/rewrite-part.ts'
import { comparing, type RunChanges } from '../resettle/run-changes.ts'
import { type Contribution, type LockedWorkflow, lockWorkflows } from '../workflows/lock-workflows.ts'
import { checkTraces, unchangedShares } from '../workflows/rewritten-workflows.ts'
import { type Written, writeAll } from '../write-all.ts'
import type { Trying } from '../writer-options.ts'
import type { Locked } from './lock.ts'
import { settleTraces } from './settle-traces.ts'

/** What an attempt has written and not committed. `changes` are those of the traces, in their order. */
export interface Uncommitted extends Pick<Locked, 'traces' | 'outdated'> {
  readonly changes: readonly TraceChanges[]
  readonly written: Written
  /** What settling again has changed. */
  readonly runChanges: RunChanges
}

/** Settles locked traces, locks their workflows, and writes everything. `shared` are the ids that several traces mention. */
export async function settleAndWrite(
  session: Session,
  trying: Trying,
  locked: Locked,
  shared: readonly MentionedId[],
): Promise<Uncommitted> {
  const { options, attempt } = trying
  const { traces, outdated } = locked
  const { rewritten, inParts, checkOtherWriters } = attempt
  const changes = await settleTraces(session, options, traces, shared)
  const settled = contributionsOf(traces, changes)
  const contributions = await withStoredShares(session, settled, { outdated, inParts })
  const unchanged = unchangedShares(traces, contributions, rewritten)
  const lost = await lostShares(session, traces, [...contributions, ...unchanged], rewritten)
  const locks = { checkOtherWriters, rewritten }
  const locking = lockWorkflows(session, [...contributions, ...unchanged, ...lost], locks)
  const [, , done] = await awaitInOrder([
    locking,
    writeLedger(session, traces, changes),
    // the locks are answered while the ledger is still being written
    locking.then((workflows) => writeLocked(session, trying, { ...locked, workflows, changes })),
  ])
  return done
}

/** What is written when all is locked. `changes` are those of the traces, in their order. */
interface Writing extends Locked {
  readonly workflows: readonly LockedWorkflow[]
  readonly changes: readonly TraceChanges[]
}

async function writeLocked(
  session: Session,
  { options, cache, attempt }: Trying,
  { traces, outdated, again, workflows, changes }: Writing,
): Promise<Uncommitted> {
  const { rewritten, inParts, resettle } = attempt
  const { isRepriced, rules = rulesVersion } = options
  await checkTraces(session, traces, rewritten)
  const rows = column(changes, 'rows')
  if (outdated.length > 0) rows.push(await reportsAgain(session, outdated, again))
  await writeMoves(session, traces, changes, options.mostMovedRows ?? mostMovedRows)
  await setRules(session, outdated, rules)
  if (isRepriced !== undefined) await voidCopies(session, outdated)
  const writing = { ...options, cache, watchesUsage: options.onUsage !== undefined }
  const write = () => writeAll(session, writing, { workflows, rows, traces, inParts })
  const part = { traces: outdated, tasks: [...inParts].map(taskId) }
  const changing = inParts.size === 0 ? null : hashesOfPart(part, rows)
  const compared = resettle && { ...resettle, workflows: again, changing }
  const { written, runChanges } = await comparing(session, compared, write)
  return { traces, changes, written, outdated, runChanges }
}

/** Returns what traces contribute to workflows. `changes` are those of the traces, in their order. */
export function contributionsOf(traces: readonly LockedTrace[], changes: readonly TraceChanges[]): Contribution[] {
  const contributions: Contribution[] = []
  for (const [i, { trace }] of traces.entries())
    for (const { workflow, before, after } of changes[i]!.shares)
      contributions.push({ workflow, trace: trace.id, before, after })
  return contributions
}
