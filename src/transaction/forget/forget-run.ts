import { createHash } from 'node:crypto'
import { Unavailable } from '../../errors.ts'
import { type DerivedTrace, derive, deriveWithout } from '../../settle/derive.ts'
import { taskId } from '../../settle/model/ids.ts'
import { type Trace, workflowOf } from '../../settle/model/trace.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import { rulesVersion } from '../../settle/rules-version.ts'
import { writeDerived } from '../../settle/settle.ts'
import type { Database, Session } from '../../store/database.ts'
import { contributionsOf } from '../attempt/settle-and-write.ts'
import { invalidateCalls, invalidateRollups } from '../invalidate-rollups.ts'
import { MissingTraces } from '../ledger/call-ids/call-ids.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { findMovesOfRun } from '../ledger/moves.ts'
import { addTombstones, type TombstoneKey, tombstoneOf } from '../ledger/tombstones.ts'
import { openTraceCache } from '../ledger/trace-cache.ts'
import { lockTraces } from '../ledger/traces.ts'
import { MovesUnderWay, moveAll } from '../moves/move-all.ts'
import { checkOutdated, markOutdated, OutdatedTraces } from '../resettle/outdated.ts'
import { resettleTraces } from '../resettle/resettle.ts'
import { statement } from '../statements.ts'
import { adaptTables, type ToJson } from '../tables/adapt-columns.ts'
import { writeDays } from '../tables/days.ts'
import { MissingRows, readPruned } from '../tables/missing-rows.ts'
import { findOrAddUsers } from '../tables/users.ts'
import { lockRemoved } from '../workflows/fold-workflows.ts'
import { lockWorkflows } from '../workflows/lock-workflows.ts'
import { checkTraces, findTraces, unchangedShares } from '../workflows/rewritten-workflows.ts'
import { writeAll } from '../write-all.ts'
import { forgetWaiting, listForArchive } from './forget-archive.ts'
import { type FormerIds, forgetCallIds } from './forget-call-ids.ts'

/** What a run is forgotten with. */
export interface ForgetOptions {
  readonly database: Database
  /** Prices the calls that count elsewhere again. */
  readonly price: PriceLookup
  readonly toJson: ToJson
  readonly key: TombstoneKey
}

/** A transaction may read and write all spans of a session. */
const limits = { lockTimeoutMs: 2_000, statementTimeoutMs: 0 }
/** The most times that a transaction begins again because other traces have the same calls, or others write to the run. */
const mostRestarts = 100

/**
 * Forgets a run in one transaction: its spans and records, which are taken out of their traces, its rows and sums, and all
 * that is kept of it. A trace that has spans of other runs keeps those, and is settled again without the others. Keyed
 * hashes stay. Begins again where receivers write to the run meanwhile, until nothing of it is left.
 */
export async function forgetRun(options: ForgetOptions, workflow: string): Promise<void> {
  let attempt: Attempt = { workflow, others: [], rewritten: new Set() }
  for (let restarts = 0; ; restarts++) {
    const { others, rewritten } = attempt
    try {
      const current = attempt
      await moveAll(options, await options.database.transaction((session) => findMovesOfRun(session, workflow)))
      if (await options.database.transaction((session) => forgetTraces(session, options, current), limits)) return
      if (restarts === mostRestarts)
        throw new Unavailable(`receivers write to the run ${workflow} faster than it is forgotten`)
    } catch (error) {
      if (restarts === mostRestarts) throw error
      if (error instanceof MissingTraces) attempt = { ...attempt, others: [...others, ...error.traces] }
      else if (error instanceof MissingRows)
        attempt = { ...attempt, rewritten: new Set([...rewritten, ...error.workflows]) }
      else if (error instanceof MovesUnderWay) await moveAll(options, error.traces)
      else if (error instanceof OutdatedTraces) await resettleTraces(options, error.traces)
      else throw error
    }
  }
}

interface Attempt {
  readonly workflow: string
  /** Traces that have rows of the same calls. */
  readonly others: readonly string[]
  /** Other workflows, whose rows are all written again because some are gone. */
  readonly rewritten: ReadonlySet<string>
}

/** Returns false where another transaction has added to the run. */
async function forgetTraces(
  session: Session,
  options: ForgetOptions,
  { workflow, others, rewritten }: Attempt,
): Promise<boolean> {
  const { price, toJson, key } = options
  const found = await session.query<{ trace: string }>(statement('run_traces'), [workflow])
  const own = found.map(({ trace }) => trace)
  const whole = await findTraces(session, rewritten)
  const traces = await lockTraces(session, openTraceCache(0), price, {
    facts: [],
    others: [...own, ...others, ...whole],
  })
  // what moves into the run later would bring it back
  const moving = traces.filter(({ trace }) => trace.moving.size > 0)
  if (moving.length > 0) throw new MovesUnderWay(moving.map(({ trace }) => trace.id))
  const outdated = markOutdated(traces, rulesVersion).filter(({ isOutdated }) => isOutdated)
  await checkOutdated(session, outdated, new Set())
  const { derived, former, tombstones } = takeOut(traces, workflow, key)
  await forgetCallIds(session, traces, derived, { former, key })
  const changes = derived.map((one) => writeDerived(one, price))
  await addTombstones(session, tombstones)
  await forgetInLedger(session, traces, derived)
  await session.query(statement('forget_refused'), [own])
  const contributions = contributionsOf(traces, changes)
  if (!contributions.some((one) => one.workflow === workflow)) return forgetBooks(session, options, workflow)
  const unchanged = unchangedShares(traces, contributions, rewritten)
  const workflows = await lockWorkflows(session, [...contributions, ...unchanged], {
    checkOtherWriters: true,
    rewritten,
  })
  await checkTraces(session, traces, rewritten)
  const rows = changes.map((change) => change.rows)
  const cache = { users: new Map<string, string>(), tables: undefined, prunedBefore: await readPruned(session) }
  await writeAll(session, { price, toJson, cache }, { workflows, rows, traces })
  return (await isEmptied(session, workflow)) && forgetBooks(session, options, workflow)
}

async function isEmptied(session: Session, workflow: string): Promise<boolean> {
  const [row] = await session.query<{ emptied: boolean }>(statement('run_is_emptied'), [workflow])
  return row?.emptied ?? true
}

/** What is left of traces without the spans and records of a run. */
interface TakenOut {
  readonly derived: readonly DerivedTrace[]
  /** The ids of the traces that have lost spans, as they were. */
  readonly former: FormerIds
  readonly tombstones: readonly string[]
}

function takeOut(traces: readonly LockedTrace[], workflow: string, key: TombstoneKey): TakenOut {
  const former = new Map<Trace, ReadonlySet<string>>()
  const tombstones: string[] = []
  const derived = traces.map(({ trace }) => {
    const ids = spansOf(trace, workflow)
    if (ids.size === 0) return derive(trace, [])
    former.set(trace, new Set(trace.callIds))
    const isWhole = ids.size === trace.nodes.size && trace.id !== traceOfRecords(workflow)
    tombstones.push(...(isWhole ? [tombstoneOf(key, trace.id)] : [...ids].map((id) => tombstoneOf(key, trace.id, id))))
    return deriveWithout(trace, ids)
  })
  return { derived, former, tombstones }
}

/** The ids of the spans and records of a run in a trace. */
function spansOf(trace: Trace, workflow: string): Set<string> {
  const share = trace.shares.get(workflow)
  if (share === undefined) return new Set()
  const nodes = [...trace.nodes.values()].filter((node) => workflowOf(trace, node) === workflow)
  return new Set(nodes.map(({ facts }) => facts.id))
}

/** The trace of a workflow's records that name none (map/record.ts): records that come later are none of the forgotten ones. */
function traceOfRecords(workflow: string): string {
  return createHash('sha256').update(workflow).digest('hex').slice(0, 32)
}

interface LedgerRow {
  readonly trace: string
  readonly epoch: string
  readonly version: string
  readonly facts: string
}

/** Removes the traces of which nothing is left, and takes the forgotten facts out of the entries of the others. */
async function forgetInLedger(
  session: Session,
  traces: readonly LockedTrace[],
  derived: readonly DerivedTrace[],
): Promise<void> {
  const isEmpty = ({ trace }: LockedTrace) => trace.nodes.size === 0
  const kept = traces.filter((locked) => !isEmpty(locked))
  const forgotten = new Map(
    derived.flatMap(({ trace, forgotten: nodes = [] }) =>
      nodes.length === 0 ? [] : [[trace.id, new Set(nodes.map(({ facts }) => facts.id))] as const],
    ),
  )
  const rewritten = kept.filter(({ trace }) => forgotten.has(trace.id))
  if (rewritten.length > 0) {
    const rows = await session.query<LedgerRow>(statement('ledger_entries'), [
      rewritten.map(({ epoch }) => epoch),
      rewritten.map(({ trace }) => trace.id),
    ])
    const changed = rows.map((row) => ({ ...row, facts: factsWithout(row.facts, forgotten.get(row.trace)!) }))
    await session.query(statement('rewrite_ledger'), [
      changed.map(({ epoch }) => epoch),
      changed.map(({ trace }) => trace),
      changed.map(({ version }) => version),
      changed.map(({ facts }) => facts),
    ])
  }
  await session.query(statement('forget_traces'), [
    traces.filter(isEmpty).map(({ trace }) => trace.id),
    kept.map(({ trace }) => trace.id),
  ])
}

/** Returns the text of an entry without some facts; null where none is left. */
function factsWithout(text: string, ids: ReadonlySet<string>): string | null {
  const facts = (JSON.parse(text) as { id: string }[]).filter(({ id }) => !ids.has(id))
  return facts.length === 0 ? null : JSON.stringify(facts)
}

/** Removes what is kept of a run of which no trace is remembered, and its part of its day. */
async function forgetBooks(session: Session, { toJson }: ForgetOptions, workflow: string): Promise<true> {
  const workflows = [await lockRemoved(session, workflow)]
  const { users } = await findOrAddUsers(session, new Map(), workflows)
  const adapted = await adaptTables(session, toJson)
  const own = workflows.filter(({ task, ownTask }) => task === ownTask)
  const tasks = [taskId(workflow), workflows[0]!.task]
  await invalidateRollups(session, { hours: new Set(), workflows, users, rewritten: new Set() })
  await invalidateCalls(session, tasks, [])
  await session.query(statement('forget_run'), [workflow, tasks])
  await forgetWaiting(session, workflow, tasks)
  await listForArchive(session, { kind: 'workflow', id: workflow })
  await writeDays(session, { ...adapted, workflows: own, users })
  return true
}
