import { createHmac, randomBytes } from 'node:crypto'
import type { Database, Session } from '../../store/database.ts'
import { retryLocks } from '../../store/partitions/partition.ts'
import { statement } from '../statements.ts'
import type { LockedTrace } from './locked-trace.ts'

/** The key of the hashes by which forgotten traces and spans are known, as hex digits. */
export type TombstoneKey = string

/** Returns the keyed hash of a trace, or of a span or record of a trace, as hex digits. */
export function tombstoneOf(key: TombstoneKey, trace: string, node = ''): string {
  return createHmac('sha256', Buffer.from(key, 'hex')).update(`${trace} ${node}`).digest('hex')
}

/** Writers hold their locks for milliseconds, and wait behind a statement that waits for the whole table. */
const keyLimits = { lockTimeoutMs: 200, statementTimeoutMs: 30_000 }

/**
 * Returns the key of a database's tombstones; the first call makes it. No transaction has locked traces and has not ended
 * when the key is committed, so each transaction that waits for the locks of `forget` sees that there is a key (docs/design.md §6).
 */
export async function ensureTombstoneKey(database: Database): Promise<TombstoneKey> {
  const [existing] = await database.transaction(readKey)
  if (existing !== undefined) return existing.key
  return retryLocks(() =>
    database.transaction(async (session) => {
      await session.query('lock table traces in share row exclusive mode')
      await session.query(statement('add_tombstone_key'), [randomBytes(32).toString('hex')])
      const [made] = await readKey(session)
      return made!.key
    }, keyLimits),
  )
}

function readKey(session: Session): Promise<{ key: TombstoneKey }[]> {
  return session.query<{ key: TombstoneKey }>(statement('tombstone_key'))
}

/** Keeps tombstones of whole traces, and of single spans and records. */
export async function addTombstones(session: Session, tombstones: readonly string[]): Promise<void> {
  if (tombstones.length === 0) return
  await session.query(statement('add_tombstones'), [tombstones.map((hash) => Buffer.from(hash, 'hex'))])
}

/** A locked trace, with what its row says of forgotten spans. */
export interface TraceWithTombstones extends LockedTrace {
  /** 0: no span of the trace was forgotten while others stayed. */
  readonly validFrom: number
  /** null: nothing was ever forgotten. */
  readonly tombstoneKey: TombstoneKey | null
}

/** Takes forgotten spans and records out of what has arrived in locked traces. Asks nothing where nothing was ever forgotten. */
export async function withoutForgotten<Trace extends TraceWithTombstones>(
  session: Session,
  traces: readonly Trace[],
): Promise<Trace[]> {
  const key = traces[0]?.tombstoneKey ?? null
  if (key === null) return [...traces]
  const hashes = new Map(traces.filter(mayBeForgotten).map((trace) => [trace, hashesOf(key, trace)]))
  const found = await findTombstones(
    session,
    [...hashes.values()].flatMap(({ trace, nodes }) => [trace, ...nodes]),
  )
  if (found.size === 0) return [...traces]
  return traces.map((locked) => {
    const own = hashes.get(locked)
    return own === undefined ? locked : withoutHashes(locked, own, found)
  })
}

/**
 * A trace that was forgotten whole has no row, one of which spans were forgotten has a version from which copies in memory
 * are valid, and the records that name no trace share one with those that their workflow sends later.
 */
function mayBeForgotten({ version, validFrom, arrivals }: TraceWithTombstones): boolean {
  return version === 1 || validFrom > 0 || arrivals.some(({ source }) => source === 'record')
}

/** The tombstones that a trace and its arrivals may have. */
interface OwnHashes {
  readonly trace: string
  readonly nodes: readonly string[]
}

function hashesOf(key: TombstoneKey, { trace: { id }, arrivals }: LockedTrace): OwnHashes {
  return { trace: tombstoneOf(key, id), nodes: arrivals.map((facts) => tombstoneOf(key, id, facts.id)) }
}

async function findTombstones(session: Session, hashes: readonly string[]): Promise<ReadonlySet<string>> {
  if (hashes.length === 0) return new Set()
  const rows = await session.query<{ hash: string }>(statement('find_tombstones'), [
    hashes.map((hash) => Buffer.from(hash, 'hex')),
  ])
  return new Set(rows.map(({ hash }) => hash))
}

function withoutHashes<Trace extends LockedTrace>(
  locked: Trace,
  { trace, nodes }: OwnHashes,
  found: ReadonlySet<string>,
): Trace {
  const isForgotten = (i: number) => found.has(trace) || found.has(nodes[i]!)
  const forgotten = locked.arrivals.filter((_, i) => isForgotten(i))
  if (forgotten.length === 0 && !found.has(trace)) return locked
  return { ...locked, arrivals: locked.arrivals.filter((_, i) => !isForgotten(i)), forgotten }
}
