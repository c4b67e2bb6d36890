import { rulesVersion } from '../../settle/rules-version.ts'
import type { Session } from '../../store/database.ts'
import { findSharingTraces, type LockedIds, lockCallIds, MissingTraces } from '../ledger/call-ids/call-ids.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { endMove, nextMove } from '../ledger/moves.ts'
import { lockTraces } from '../ledger/traces.ts'
import { checkOutdated, markOutdated } from '../resettle/outdated.ts'
import { findTraces } from '../workflows/rewritten-workflows.ts'
import type { Trying, WriterOptions } from '../writer-options.ts'

/** The traces that an attempt has locked. */
export interface Locked {
  readonly traces: readonly LockedTrace[]
  readonly outdated: readonly LockedTrace[]
  /** The workflows all of whose rows are written again, whole or in parts. */
  readonly again: ReadonlySet<string>
}

/** Locks the traces of an attempt and reads their neighbourhood. Throws `OutdatedTraces`. */
export async function lock(session: Session, { options, cache, attempt }: Trying): Promise<Locked> {
  const { traceCache, price, isRepriced, rules = rulesVersion } = options
  const { facts, others, rewritten, inParts, move, resettle } = attempt
  const sharing = cache.searches > 0 ? await findSharingTraces(session, facts) : []
  const whole = await findTraces(session, rewritten)
  const needed = [...others, ...sharing, ...whole, ...(move === null ? [] : [move])]
  const known = await lockTraces(session, traceCache, price, { facts, others: needed, rules, isRepriced })
  const locked = markOutdated(known, rules, resettle?.all)
  const outdated = locked.filter(isOutdated)
  const again = new Set([...rewritten, ...inParts])
  await checkOutdated(session, outdated, again)
  const traces = move === null ? locked : await withPart(session, locked, move)
  return { traces, outdated, again }
}

function isOutdated(locked: LockedTrace): boolean {
  return locked.isOutdated === true
}

/**
 * Adds the ids of calls that arrived. Where the transaction must begin again, the traces go back into the cache as they were:
 * nothing has arrived in them yet.
 */
export async function lockIds(
  session: Session,
  { traceCache }: WriterOptions,
  traces: readonly LockedTrace[],
  areNew: boolean,
): Promise<LockedIds> {
  try {
    return await lockCallIds(session, traces, areNew)
  } catch (error) {
    if (error instanceof MissingTraces)
      for (const { trace, version, epoch, server } of traces)
        traceCache.put(trace.id, { trace, version: version - 1, epoch, server })
    throw error
  }
}

/** Gives a locked trace the next part of it to move, which this transaction ends. */
async function withPart(session: Session, traces: readonly LockedTrace[], trace: string): Promise<LockedTrace[]> {
  const part = await nextMove(session, trace)
  if (part === null) return [...traces]
  await endMove(session, trace, part)
  return traces.map((locked) => (locked.trace.id === trace ? { ...locked, part } : locked))
}
