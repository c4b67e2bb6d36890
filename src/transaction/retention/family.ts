import type { Facts } from '../../map/facts/facts.ts'
import { areTooMany } from '../../settle/call-ids/deduplicate-by-id.ts'
import { trustedIdsIn } from '../../settle/call-ids/trusted-id.ts'
import type { Session } from '../../store/database.ts'
import { type CallIdRow, keyOf, MissingTraces, storedCall } from '../ledger/call-ids/call-ids.ts'
import { factsFromText } from '../ledger/facts-codec.ts'
import { groupBy } from '../lists.ts'
import { statement } from '../statements.ts'

/** More traces than these, connected by calls, are kept as they are: they are read and locked at once. */
const mostTraces = 5_000

/** Traces, those that share a call with one of them, those that share one with these, and so on. */
export interface Family {
  readonly traces: ReadonlySet<string>
  /** What is remembered of an expired trace. */
  readonly factsOf: (trace: string) => readonly Facts[]
  /** Returns which of the locked traces can go: the expired ones that are connected with expired ones only. Locks their ids. */
  readonly lockGone: (session: Session, locked: readonly LockedAge[]) => Promise<Gone>
}

/** A locked trace, and whether it was last written before the ledger's retention. */
export interface LockedAge {
  readonly trace: string
  readonly epoch: string
  readonly expired: boolean
}

/** Traces that can go, and the keys of the ids of calls that no other trace mentions. */
export interface Gone {
  readonly gone: ReadonlySet<string>
  readonly keys: readonly string[]
}

/** Reads a family without locks. An expired trace of it is as it was read if it still is expired when it is locked. */
export async function readFamily(session: Session, traces: readonly string[], month: string): Promise<Family> {
  const seen = new Set(traces)
  const facts = new Map<string, readonly Facts[]>()
  const keys = new Map<string, readonly string[]>()
  for (let next = [...traces]; next.length > 0 && seen.size <= mostTraces; ) {
    const read = await readExpired(session, next, month)
    const rows = await findCallIds(session, new Set([...read.values()].flatMap(keysIn)))
    for (const [trace, own] of read) {
      facts.set(trace, own)
      keys.set(trace, keysIn(own))
    }
    next = rows.flatMap(linkedTraces).filter((trace) => !seen.has(trace))
    for (const trace of next) seen.add(trace)
  }
  return {
    traces: seen,
    factsOf: (trace) => facts.get(trace) ?? [],
    lockGone: (locking, locked) => lockGone(locking, { seen, keys }, locked),
  }
}

async function readExpired(
  session: Session,
  traces: readonly string[],
  month: string,
): Promise<ReadonlyMap<string, readonly Facts[]>> {
  const ages = await session.query<{ trace: string; expired: boolean }>(statement('trace_ages'), [traces, month])
  const expired = ages.filter((one) => one.expired).map(({ trace }) => trace)
  if (expired.length === 0) return new Map()
  const rows = await session.query<{ trace: string; facts: string }>(statement('run_facts'), [expired])
  return groupBy(
    rows.flatMap(({ trace, facts }) => factsFromText(trace, facts)),
    ({ trace }) => trace,
  )
}

function keysIn(facts: readonly Facts[]): string[] {
  const ids = new Set<string>()
  for (const one of facts) for (const id of trustedIdsIn(one, ids)) ids.add(id)
  return [...ids].map(keyOf)
}

async function findCallIds(session: Session, keys: ReadonlySet<string>): Promise<CallIdRow[]> {
  return keys.size === 0 ? [] : session.query<CallIdRow>(statement('find_call_ids'), [[...keys]])
}

/** The traces that share a call under an id. One that too many traces mention is no call's, and stays. */
function linkedTraces(row: CallIdRow): readonly string[] {
  const { traces } = storedCall(row)
  return areTooMany(traces) ? [] : traces
}

interface Links {
  readonly seen: ReadonlySet<string>
  /** The keys of the ids that each expired trace mentions. */
  readonly keys: ReadonlyMap<string, readonly string[]>
}

async function lockGone(session: Session, { seen, keys }: Links, locked: readonly LockedAge[]): Promise<Gone> {
  if (seen.size > mostTraces) return { gone: new Set(), keys: [] }
  const gone = new Set(locked.filter(({ trace, expired }) => expired && keys.has(trace)).map(({ trace }) => trace))
  const wanted = [...new Set([...gone].flatMap((trace) => keys.get(trace)!))]
  const rows = wanted.length === 0 ? [] : await session.query<CallIdRow>(statement('lock_call_ids'), [wanted])
  const links = rows
    .map((row) => ({ key: row.key, traces: linkedTraces(row) }))
    .filter(({ traces }) => traces.length > 0)
  const missing = links.flatMap(({ traces }) => traces.filter((trace) => !seen.has(trace)))
  if (missing.length > 0) throw new MissingTraces(missing)
  // an id may name a trace that is not remembered any more: that one keeps nothing
  const remembered = new Set(locked.map(({ trace }) => trace))
  const stays = (trace: string) => remembered.has(trace) && !gone.has(trace)
  for (let before = -1; before !== gone.size; ) {
    before = gone.size
    for (const { traces } of links) if (traces.some(stays)) for (const trace of traces) gone.delete(trace)
  }
  return { gone, keys: links.filter(({ traces }) => !traces.some(stays)).map(({ key }) => key) }
}
