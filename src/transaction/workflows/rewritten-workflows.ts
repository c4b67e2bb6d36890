import { noShare } from '../../settle/share/share.ts'
import type { Session } from '../../store/database.ts'
import { MissingTraces } from '../ledger/call-ids/call-ids.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { statement } from '../statements.ts'
import type { Contribution } from './lock-workflows.ts'

/** Finds the traces of workflows. Others may have come by the time they are locked. */
export async function findTraces(session: Session, workflows: ReadonlySet<string>): Promise<string[]> {
  if (workflows.size === 0) return []
  const rows = await session.query<{ trace: string }>(statement('workflow_traces'), [[...workflows]])
  return rows.map(({ trace }) => trace)
}

/** Throws `MissingTraces` where a locked workflow has a trace that is not locked: its rows can't be written again. */
export async function checkTraces(
  session: Session,
  traces: readonly LockedTrace[],
  workflows: ReadonlySet<string>,
): Promise<void> {
  if (workflows.size === 0) return
  const locked = new Set(traces.map(({ trace }) => trace.id))
  const missing = (await findTraces(session, workflows)).filter((trace) => !locked.has(trace))
  if (missing.length > 0) throw new MissingTraces(missing)
}

/**
 * Returns the shares that the traces give to workflows whose rows are written again, those that this transaction has not
 * changed. A call whose row is gone may have another price now, so no share is taken from the books.
 */
export function unchangedShares(
  traces: readonly LockedTrace[],
  changed: readonly Contribution[],
  workflows: ReadonlySet<string>,
): Contribution[] {
  if (workflows.size === 0) return []
  const keyOf = (workflow: string, trace: string) => `${trace} ${workflow}`
  const known = new Set(changed.map(({ workflow, trace }) => keyOf(workflow, trace)))
  return traces.flatMap(({ trace }) =>
    [...workflows].flatMap((workflow) => {
      const share = trace.shares.get(workflow)
      if (share === undefined || known.has(keyOf(workflow, trace.id))) return []
      return [{ workflow, trace: trace.id, before: noShare, after: share.lastClosed }]
    }),
  )
}
