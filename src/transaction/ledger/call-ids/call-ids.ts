import { Unavailable } from '../../../errors.ts'
import type { Facts } from '../../../map/facts/facts.ts'
import { areTooMany, sharedCall } from '../../../settle/call-ids/deduplicate-by-id.ts'
import { applySharedCalls, changedCalls, type MentionedId } from '../../../settle/call-ids/shared-calls.ts'
import { trustedIdsIn } from '../../../settle/call-ids/trusted-id.ts'
import type { DerivedTrace } from '../../../settle/derive.ts'
import { namedId } from '../../../settle/model/ids.ts'
import type { IdReport, SharedCall } from '../../../settle/model/shared-call.ts'
import type { Trace } from '../../../settle/model/trace.ts'
import type { Session } from '../../../store/database.ts'
import { column } from '../../lists.ts'
import { statement } from '../../statements.ts'
import { factsFromText } from '../facts-codec.ts'
import type { LockedTrace } from '../locked-trace.ts'
import { fromExactJson, toExactJson } from '../share-codec.ts'
import { copyCallIds, type NewCallId } from './copy-call-ids.ts'

/** A row of call_ids. */
export interface CallIdRow {
  readonly key: string
  readonly trace: string
  readonly shared: string | null
}

/** What a row keeps of a shared call; the rest follows. */
export interface StoredCall {
  readonly traces: readonly string[]
  readonly reports: readonly IdReport[]
}

/**
 * Other traces that this transaction has not locked have rows of the same calls. The transaction must begin again and lock
 * them too: locks on traces come before those on ids (docs/design.md §6).
 */
export class MissingTraces extends Unavailable {
  /** Those that are known. Empty where all that is known is that there are some: the next attempt looks for them. */
  readonly traces: readonly string[]

  constructor(traces: readonly string[]) {
    super('other traces report the same calls, and they change too often to be locked with this one')
    this.traces = traces
  }
}

/** An id that locked traces mention. Most ids are in one trace. */
interface Mention {
  readonly id: string
  readonly firstTrace: string
  /** All traces that mention the id; null: only the first one. */
  traces: Set<string> | null
}

/** The ids of a transaction. */
export interface LockedIds {
  /** Those that several traces mention. */
  readonly shared: readonly MentionedId[]
  /** Rejects with `MissingTraces` where another transaction has added one of the ids. */
  readonly added: Promise<void>
}

/**
 * Adds the ids that arrived facts mention, and locks them with the shared ones of their traces. Throws `MissingTraces` where
 * another trace that mentions them is not locked. With `areNew` they are expected to be in no other trace, since most
 * databases have no gateway that reports the calls of an app again: they are still being added then.
 */
export async function lockCallIds(
  session: Session,
  traces: readonly LockedTrace[],
  areNew: boolean,
): Promise<LockedIds> {
  const mentions = new Map<string, Mention>()
  const fresh: ReadonlySet<string>[] = []
  let areAllNew = areNew
  for (const { trace, arrivals, isOutdated } of traces) {
    const own = newIds(trace, arrivals)
    fresh.push(own)
    for (const id of own) addMention(mentions, id, trace.id)
    const shared = arrivals.length > 0 || isOutdated ? sharedIds(trace) : []
    for (const id of shared) addMention(mentions, id, trace.id)
    if (shared.length > 0) areAllNew = false
  }
  if (mentions.size === 0) return { shared: [], added: Promise.resolve() }
  const ids: NewCallId[] = []
  for (const [key, { firstTrace }] of mentions) ids.push({ key, trace: firstTrace })
  const added = areAllNew ? copyOrThrow(session, ids) : Promise.resolve()
  const rows = areAllNew ? [] : await addCallIds(session, ids)
  const joined: Mention[] = []
  for (const row of rows) {
    const mention = mentions.get(row.key)!
    const { traces: others } = storedCall(row)
    // in so many traces an id says nothing: no further trace joins them
    if (areTooMany(others)) mentions.delete(row.key)
    else if (tracesOf(mention).some((trace) => !others.includes(trace))) joined.push(mention)
    for (const other of others) addTrace(mention, other)
  }
  throwIfMissing(traces, joined.flatMap(mentionedId))
  for (const [i, { trace }] of traces.entries()) for (const id of fresh[i]!) trace.callIds.add(id)
  return { shared: [...mentions.values()].flatMap(mentionedId), added }
}

async function copyOrThrow(session: Session, ids: readonly NewCallId[]): Promise<void> {
  if (!(await copyCallIds(session, ids))) throw new MissingTraces([])
}

async function addCallIds(session: Session, ids: readonly NewCallId[]): Promise<CallIdRow[]> {
  return session.query<CallIdRow>(statement('add_call_ids'), [column(ids, 'key'), column(ids, 'trace')])
}

const noIds: ReadonlySet<string> = new Set()

function newIds({ callIds }: Trace, arrivals: readonly Facts[]): ReadonlySet<string> {
  let fresh: Set<string> | null = null
  for (const facts of arrivals) for (const id of trustedIdsIn(facts, callIds)) fresh = (fresh ?? new Set()).add(id)
  return fresh ?? noIds
}

function sharedIds({ sharedCalls }: Trace): string[] {
  if (sharedCalls.size === 0) return []
  return [...sharedCalls.values()].filter(({ traces }) => traces.length > 1 && !areTooMany(traces)).map(({ id }) => id)
}

function addMention(mentions: Map<string, Mention>, id: string, trace: string): void {
  const key = keyOf(id)
  const known = mentions.get(key)
  if (known === undefined) mentions.set(key, { id, firstTrace: trace, traces: null })
  else addTrace(known, trace)
}

function addTrace(mention: Mention, trace: string): void {
  if (trace === mention.firstTrace) return
  mention.traces ??= new Set([mention.firstTrace])
  mention.traces.add(trace)
}

function tracesOf({ firstTrace, traces }: Mention): string[] {
  return traces === null ? [firstTrace] : [...traces]
}

/** An id that several traces mention; none where only one does. */
function mentionedId({ id, traces }: Mention): MentionedId[] {
  return traces === null ? [] : [{ id, traces }]
}

/** What a row of call_ids keeps: of an id that one trace mentions, that trace. */
export function storedCall({ trace, shared }: CallIdRow): StoredCall {
  return shared === null ? { traces: [trace], reports: [] } : fromExactJson(shared)
}

/** The key of an id, which takes less room than the id. */
export function keyOf(id: string): string {
  return namedId('call id', id)
}

/** Throws `MissingTraces` where a trace that mentions one of these ids is not locked. */
export function throwIfMissing(traces: readonly LockedTrace[], ids: readonly MentionedId[]): void {
  if (ids.length === 0) return
  const locked = new Set(traces.map(({ trace }) => trace.id))
  const missing = ids.flatMap(({ traces: mentioning }) => [...mentioning].filter((trace) => !locked.has(trace)))
  if (missing.length > 0) throw new MissingTraces(missing)
}

/** The traces that have mentioned ids which arrived facts mention. They may be other ones by the time they are locked. */
export async function findSharingTraces(session: Session, facts: readonly Facts[]): Promise<string[]> {
  const keys = new Set(facts.flatMap((one) => trustedIdsIn(one, noIds)).map(keyOf))
  const rows = await readCallIds(session, keys)
  return rows.map((row) => storedCall(row).traces).flatMap((traces) => (areTooMany(traces) ? [] : traces))
}

async function readCallIds(session: Session, keys: Iterable<string>): Promise<CallIdRow[]> {
  const wanted = [...keys]
  return wanted.length === 0 ? [] : session.query<CallIdRow>(statement('find_call_ids'), [wanted])
}

/** Reads what is shared of ids that traces mention. */
export async function readSharedCalls(
  session: Session,
  mentioned: readonly { readonly trace: Trace; readonly ids: ReadonlySet<string> }[],
): Promise<ReadonlyMap<Trace, readonly SharedCall[]>> {
  const wanted = mentioned.flatMap(({ trace, ids }) => [...ids].map((id) => ({ trace, id, key: keyOf(id) })))
  const rows = await readCallIds(session, new Set(wanted.map(({ key }) => key)))
  const stored = new Map(rows.filter(({ shared }) => shared !== null).map((row) => [row.key, row]))
  const calls = new Map<Trace, SharedCall[]>()
  for (const { trace, id, key } of wanted) {
    const row = stored.get(key)
    if (row === undefined) continue
    const { traces: mentioning, reports } = storedCall(row)
    calls.set(trace, [...(calls.get(trace) ?? []), sharedCall(id, mentioning, reports)])
  }
  return calls
}

/**
 * Decides again about the shared ids of the traces in which facts arrived, and applies it to all traces that mention them.
 * Returns the calls that are not what they were. Throws `MissingTraces` where a trace that mentions one of these is not
 * locked.
 */
export function updateSharedCalls(
  traces: readonly LockedTrace[],
  derived: readonly DerivedTrace[],
  shared: readonly MentionedId[],
): readonly SharedCall[] {
  if (shared.length === 0) return []
  const { calls } = changedCalls(new Map(derived.map(({ trace }) => [trace.id, trace])), shared)
  throwIfMissing(
    traces,
    calls.map(({ id, traces: mentioning }) => ({ id, traces: new Set(mentioning) })),
  )
  applySharedCalls(derived, calls)
  return calls
}

/**
 * Stores what traces share. Other receivers that have one of these traces in memory read what is shared of the ids in the
 * facts that are new to them; where this transaction writes none that mention the id, they must read the whole trace anew.
 */
export async function writeSharedCalls(
  session: Session,
  calls: readonly SharedCall[],
  derived: readonly DerivedTrace[],
): Promise<void> {
  if (calls.length === 0) return
  const stale = derived.filter((one) => !mentionsAnew(one, calls)).map(({ trace }) => trace.id)
  if (stale.length > 0) await session.query(statement('void_copies'), [stale])
  await session.query(statement('update_call_ids'), [
    calls.map(({ id }) => keyOf(id)),
    calls.map(({ traces, reports }) => toExactJson({ traces, reports } satisfies StoredCall)),
  ])
}

/** Whether the facts that are written of a trace mention all of these calls that the trace has a part in. */
function mentionsAnew({ trace, remembered }: DerivedTrace, calls: readonly SharedCall[]): boolean {
  const own = calls.filter(({ traces }) => traces.includes(trace.id))
  if (own.length === 0) return true
  const ids = new Set(remembered.flatMap((facts) => trustedIdsIn(facts, noIds)))
  return own.every(({ id }) => ids.has(id))
}

/** Removes the ids that these traces were the first to mention. */
export async function removeCallIds(session: Session, traces: readonly string[]): Promise<void> {
  const rows = await session.query<{ trace: string; facts: string }>(statement('run_facts'), [traces])
  const facts = rows.flatMap((row) => factsFromText(row.trace, row.facts))
  const keys = new Set(facts.flatMap((one) => trustedIdsIn(one, noIds)).map(keyOf))
  await session.query(statement('delete_call_ids'), [[...keys], traces])
}
