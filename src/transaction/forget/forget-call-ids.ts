import { areTooMany } from '../../settle/call-ids/deduplicate-by-id.ts'
import { applySharedCalls, decideCalls, type MentionedId } from '../../settle/call-ids/shared-calls.ts'
import type { DerivedTrace } from '../../settle/derive.ts'
import type { Trace } from '../../settle/model/trace.ts'
import type { Session } from '../../store/database.ts'
import { type CallIdRow, keyOf, type StoredCall, storedCall, throwIfMissing } from '../ledger/call-ids/call-ids.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { toExactJson } from '../ledger/share-codec.ts'
import { type TombstoneKey, tombstoneOf } from '../ledger/tombstones.ts'
import { statement } from '../statements.ts'

/** The ids that traces mentioned before spans of them were forgotten, by trace. */
export type FormerIds = ReadonlyMap<Trace, ReadonlySet<string>>

/** A row of call_ids that is replaced. */
interface ReplacedRow {
  readonly key: string
  /** null: no trace mentions the id any more. */
  readonly trace: string | null
  readonly call: StoredCall | null
}

/** An id, its row, and the traces that still mention the id. */
interface KnownId {
  readonly id: string
  readonly row: CallIdRow
  readonly remaining: readonly string[]
}

/**
 * Takes forgotten spans out of what traces share: a call that another trace reports too counts there again. Throws
 * `MissingTraces` where a trace that mentions one of these ids is not locked.
 */
export async function forgetCallIds(
  session: Session,
  traces: readonly LockedTrace[],
  derived: readonly DerivedTrace[],
  { former, key }: { readonly former: FormerIds; readonly key: TombstoneKey },
): Promise<void> {
  const known = await lockFormerIds(session, former)
  const isCall = ({ row }: KnownId) => !areTooMany(storedCall(row).traces)
  const mentioned = known
    .filter((one) => isCall(one) && one.row.shared !== null && one.remaining.length > 0)
    .map(({ id, remaining }): MentionedId => ({ id, traces: new Set(remaining) }))
  throwIfMissing(traces, mentioned)
  const calls = decideCalls(new Map(traces.map(({ trace }) => [trace.id, trace])), mentioned)
  applySharedCalls(derived, calls)
  const decided = new Map(calls.map((call) => [call.id, call]))
  const replaced = known.map((one): ReplacedRow => {
    if (!isCall(one)) return withoutNames(one, key)
    const [trace = null, another] = one.remaining
    const call = another === undefined ? undefined : decided.get(one.id)
    return { key: one.row.key, trace, call: call === undefined ? null : { traces: call.traces, reports: call.reports } }
  })
  await session.query(statement('replace_call_ids'), [
    replaced.map((row) => row.key),
    replaced.map(({ trace }) => trace),
    replaced.map(({ call }) => call && toExactJson(call)),
  ])
}

async function lockFormerIds(session: Session, former: FormerIds): Promise<KnownId[]> {
  const ids = new Map([...former.values()].flatMap((own) => [...own]).map((id) => [keyOf(id), id]))
  if (ids.size === 0) return []
  const rows = await session.query<CallIdRow>(statement('lock_call_ids'), [[...ids.keys()]])
  const lost = (id: string) =>
    new Set([...former.keys()].filter((trace) => !trace.callIds.has(id)).map((trace) => trace.id))
  return rows.map((row) => {
    const id = ids.get(row.key)!
    const gone = lost(id)
    return { id, row, remaining: storedCall(row).traces.filter((trace) => !gone.has(trace)) }
  })
}

/** An id that too many traces mention is still no call's: keyed hashes take the places of the forgotten traces. */
function withoutNames({ row, remaining }: KnownId, key: TombstoneKey): ReplacedRow {
  const { traces } = storedCall(row)
  const kept = traces.map((trace) => (remaining.includes(trace) ? trace : tombstoneOf(key, trace).slice(0, 32)))
  return { key: row.key, trace: kept[0]!, call: { traces: kept, reports: [] } }
}
