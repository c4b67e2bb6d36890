import type { Facts } from '../../map/facts/facts.ts'
import { derive } from '../../settle/derive.ts'
import { emptyTrace, workflowOf } from '../../settle/model/trace.ts'
import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'
import { type LockedAge, readFamily } from './family.ts'
import { pruneWorkflows } from './prune-workflows.ts'

/** The months by which traces are pruned, as dates. */
export interface PruneMonths {
  /** Traces that were last written before this month go. */
  readonly month: string
  /** Entries of earlier months go with their partition; those from this month on are deleted. */
  readonly keptFrom: string
}

/**
 * Removes traces of earlier months in one transaction: their entries, the ids of calls that they mention, and their part in
 * what is kept of their workflows. Those that were written since, and those that share a call with one that was, move to
 * the current month instead: a call that two traces report would count again if one of them were forgotten. Throws
 * `MissingTraces` where other traces must be locked too.
 */
export async function pruneTraces(session: Session, traces: readonly string[], months: PruneMonths): Promise<void> {
  const family = await readFamily(session, traces, months.month)
  const locked = await session.query<LockedAge>(statement('lock_trace_ages'), [[...family.traces], months.month])
  const { gone, keys } = await family.lockGone(session, locked)
  const own = new Set(traces)
  const isGone = ({ trace }: LockedAge) => gone.has(trace)
  const removed = locked.filter(isGone)
  // a trace of a later epoch stays where it is
  const moved = locked.filter((one) => !isGone(one) && (own.has(one.trace) || one.expired) && one.epoch < months.month)
  if (moved.length > 0) await session.query(statement('move_traces'), columnsOf(moved))
  if (removed.length === 0) return
  if (keys.length > 0) await session.query(statement('remove_call_ids'), [keys])
  const facts = removed.map(({ trace }) => [trace, family.factsOf(trace)] as const)
  await pruneWorkflows(session, [...gone], workflowsOf(facts))
  await session.query(statement('remove_traces'), [...columnsOf(removed), months.keptFrom])
}

function columnsOf(traces: readonly LockedAge[]): string[][] {
  return [traces.map(({ epoch }) => epoch), traces.map(({ trace }) => trace)]
}

/** The workflows of traces: those that their spans have, and had before a parent or an id arrived. */
function workflowsOf(traces: readonly (readonly [string, readonly Facts[]])[]): string[] {
  const workflows = new Set<string>()
  for (const [id, facts] of traces) {
    workflows.add(id)
    const { trace } = derive(emptyTrace(id), facts)
    for (const node of trace.nodes.values()) {
      workflows.add(workflowOf(trace, node))
      if (node.facts.workflowId !== null) workflows.add(node.facts.workflowId)
    }
  }
  return [...workflows]
}
