import { messageOf } from '../errors.ts'
import type { Facts } from '../map/facts/facts.ts'
import type { RowChanges } from '../settle/model/rows.ts'
import type { PriceLookup } from '../settle/prices/prices.ts'
import { eventStub, forgetContent } from '../settle/rows/event-stubs.ts'
import type { TraceChanges } from '../settle/settle.ts'
import { settle } from '../settle/settle.ts'
import type { ArrivalOutcome } from '../settle/tree/merge-versions.ts'
import { BadRow, type Database, type Session } from '../store/database.ts'
import { insert, type Table } from '../store/tables/table.ts'
import { factsToText } from './ledger/facts-codec.ts'
import type { TraceCache } from './ledger/trace-cache.ts'
import { type LockedTrace, lockTraces, traceKey } from './ledger/traces.ts'
import { type AdaptedTables, adaptTables } from './tables/adapt-columns.ts'
import { writeDays } from './tables/days.ts'
import { cacheUsers, findOrMakeUsers, type UserCache } from './tables/users.ts'
import { writeRows } from './tables/write-rows.ts'
import { billWorkflowReports } from './workflows/reports.ts'
import { isOwn } from './workflows/workflow-change.ts'
import {
  type Contribution,
  foldWorkflows,
  type LockedWorkflow,
  lockWorkflows,
  writeWorkflows,
} from './workflows/workflows.ts'

export interface WriterOptions {
  readonly database: Database
  readonly traceCache: TraceCache
  readonly price: PriceLookup
  /** Text as JSON, for a column that holds JSON where ours holds text. */
  readonly json: (text: string) => string
  /** Called after each commit with its number of facts, and how long it took, failed attempts included. */
  readonly onCommitted: (batch: { readonly items: number; readonly milliseconds: number }) => void
  /** Called where nothing could be committed, through no fault of a row, with the reason. */
  readonly onUnavailable: (why: string) => void
  /** Called after a commit that met rows of somebody else's, which stay as they are: how many runs and days. */
  readonly onShared: (shared: Shared) => void
  /** Gives a process that has other things to do its turn, between parts of a batch. */
  readonly pause?: (() => Promise<unknown>) | undefined
}

export interface Shared {
  readonly runs: number
  readonly days: number
}

/** Commits facts, whole or not at all. Answers with one outcome for each, in their order. */
export type WriteFacts = (facts: readonly Facts[]) => Promise<ArrivalOutcome[]>

/** What is remembered of the database besides the traces; all of it may be no longer so. */
interface Known {
  readonly users: UserCache
  shape: AdaptedTables | undefined
  /** Somebody else writes runs too: they are looked for before ours are written. */
  sharesRuns: boolean
}

export function openWriter(options: WriterOptions): WriteFacts {
  let known: Known = { users: new Map(), shape: undefined, sharesRuns: false }
  /** A value was refused, and nothing has been remembered since. */
  let isFresh = false
  const write = async (facts: readonly Facts[]): Promise<ArrivalOutcome[]> => {
    const wasFresh = isFresh
    try {
      const outcomes = await commit(options, known, facts, wasFresh || known.sharesRuns)
      isFresh = false
      return outcomes
    } catch (error) {
      // a table may have been changed, a user removed, a run begun by another writer: a value counts as refused only
      // where all of that was read anew
      known = { ...known, users: new Map(), shape: undefined }
      if (!(error instanceof BadRow) || wasFresh) throw error
      isFresh = true
      return write(facts)
    }
  }
  return async (facts) => {
    const startedMs = performance.now()
    try {
      const outcomes = await write(facts)
      options.onCommitted({ items: facts.length, milliseconds: performance.now() - startedMs })
      return outcomes
    } catch (error) {
      if (!(error instanceof BadRow)) options.onUnavailable(messageOf(error))
      throw error
    }
  }
}

async function commit(
  options: WriterOptions,
  known: Known,
  facts: readonly Facts[],
  looksForRuns: boolean,
): Promise<ArrivalOutcome[]> {
  const { database, traceCache, price } = options
  const done = await database.transaction(async (session) => {
    const locked = await lockTraces(session, traceCache, price, facts)
    const changes = await settleEach(options, locked)
    await putLedger(session, locked, changes)
    const workflows = await lockWorkflows(session, contributionsOf(locked, changes), looksForRuns)
    const rows = changes.map((change) => change.rows)
    return { locked, changes, ...(await putWhatFollows(session, options, known, { workflows, rows })) }
  })
  // only what is committed is remembered
  cacheUsers(known.users, done.found)
  known.shape = done.shape
  known.sharesRuns ||= done.shared.runs > 0
  for (const { key, trace, version, epoch, arrivals } of done.locked) {
    if (!traceCache.keep(key, { trace, version, epoch })) continue
    forgetContent(
      trace,
      arrivals.map(({ id }) => id),
    )
  }
  options.onShared(done.shared)
  return inOrder(facts, done.locked, done.changes)
}

/** So many facts are settled between two pauses: 1 to 3 ms. A trace is settled whole. */
const factsAtOnce = 64

async function settleEach({ price, pause }: WriterOptions, locked: readonly LockedTrace[]): Promise<TraceChanges[]> {
  const changes: TraceChanges[] = []
  let facts = 0
  for (const { trace, arrivals } of locked) {
    changes.push(settle(trace, arrivals, price))
    facts += arrivals.length
    if (pause === undefined || facts < factsAtOnce) continue
    facts = 0
    await pause()
  }
  return changes
}

function contributionsOf(locked: readonly LockedTrace[], changes: readonly TraceChanges[]): Contribution[] {
  return locked.flatMap(({ trace: { tenant, id } }, i) =>
    changes[i]!.shares.map((share) => ({ tenant, trace: id, ...share })),
  )
}

interface Written {
  readonly found: Map<string, string>
  readonly shape: AdaptedTables | undefined
  readonly shared: Shared
}

/** From locked workflows to tasks, users, rows and days; each class of locks whole before the next. */
async function putWhatFollows(
  session: Session,
  { price, json }: WriterOptions,
  known: Known,
  { workflows, rows }: { readonly workflows: readonly LockedWorkflow[]; readonly rows: readonly RowChanges[] },
): Promise<Written> {
  if (workflows.length === 0) return { found: new Map(), shape: known.shape, shared: { runs: 0, days: 0 } }
  const shape = known.shape ?? (await adaptTables(session, json))
  const billed = await billWorkflowReports(session, price, workflows, rows)
  const targets = await foldWorkflows(session, billed.workflows)
  const { users, found } = await findOrMakeUsers(session, known.users, targets)
  await writeRows(session, { targets, users, tables: shape.tables }, [...rows, billed.rows])
  await writeWorkflows(session, targets)
  const own = targets.filter(isOwn)
  const days = await writeDays(session, { targets: own, users, bySomebody: shape.daysBySomebody })
  return { found, shape, shared: { runs: targets.length - own.length, days } }
}

interface LedgerEntry {
  readonly locked: LockedTrace
  readonly facts: string
}

const ledger: Table<LedgerEntry> = {
  name: 'spanledger.ledger',
  columns: [
    { name: 'tenant', type: 'text', value: ({ locked }) => locked.trace.tenant },
    { name: 'epoch', type: 'date', value: ({ locked }) => locked.epoch },
    { name: 'trace', type: 'uuid', value: ({ locked }) => locked.trace.id },
    { name: 'version', type: 'int8', value: ({ locked }) => locked.version },
    { name: 'facts', type: 'text', value: ({ facts }) => facts },
  ],
}

async function putLedger(
  session: Session,
  locked: readonly LockedTrace[],
  changes: readonly TraceChanges[],
): Promise<void> {
  const entries = locked.flatMap((one, i) => {
    const { remembered } = changes[i]!
    if (remembered.length === 0) return []
    return [{ locked: one, facts: factsToText(remembered, (facts) => keptEvents(one, facts)) }]
  })
  await insert(session, ledger, entries)
}

/** Of an event that is written in this transaction the ledger keeps little; of one that is not, all. */
function keptEvents({ trace }: LockedTrace, facts: Facts): Facts['events'] {
  const rows = trace.nodes.get(facts.id)!.rows?.events ?? []
  return facts.events.map((event) => (rows.some(({ fact }) => fact === event) ? eventStub(event) : event))
}

function inOrder(
  facts: readonly Facts[],
  locked: readonly LockedTrace[],
  changes: readonly TraceChanges[],
): ArrivalOutcome[] {
  const next = new Map(locked.map(({ key }, i) => [key, changes[i]!.outcomes[Symbol.iterator]()]))
  return facts.map((fact) => next.get(traceKey(fact))!.next().value!)
}
