import type { Facts } from '../map/facts.ts'
import type { Outcome } from '../settle/admit.ts'
import type { TraceChanges } from '../settle/settle.ts'
import type { Settling } from '../settle/settling.ts'
import type { Price } from '../settle/usage.ts'
import type { Database, Session } from './database.ts'
import { putDays } from './days.ts'
import type { Memory } from './memory.ts'
import { putRows } from './put.ts'
import { factsToText } from './remember.ts'
import { type Billing, billReports } from './reports.ts'
import { insert, type Table } from './table.ts'
import { type LockedTrace, lockTraces, traceKey } from './traces.ts'
import { findUsers, type KnownUsers, keepUsers } from './users.ts'
import { type Contribution, foldWorkflows, lockWorkflows, putWorkflows } from './workflows.ts'

export interface WriterOptions {
  readonly database: Database
  readonly memory: Memory
  readonly settling: Settling
  readonly price: Price
}

/** Commits facts, whole or not at all. Answers with one outcome for each, in their order. */
export type Write = (facts: readonly Facts[]) => Promise<Outcome[]>

export function openWriter({ database, memory, settling, price }: WriterOptions): Write {
  const known: KnownUsers = new Map()
  return async (facts) => {
    const done = await database.transaction(async (session) => {
      const locked = await lockTraces(session, memory, settling, price, facts)
      const changes = locked.map(({ trace, arrivals }) => settling.settle(trace, arrivals, price))
      await putLedger(session, settling, locked, changes)
      const found = await putWhatFollows(session, { settling, price }, known, locked, changes)
      return { locked, changes, found }
    })
    // only what is committed is remembered
    keepUsers(known, done.found)
    for (const { key, trace, version, epoch, arrivals } of done.locked) {
      if (!memory.keep(key, { trace, version, epoch })) continue
      settling.forgetContent(
        trace,
        arrivals.map(({ id }) => id),
      )
    }
    return inOrder(facts, done.locked, done.changes)
  }
}

/** From the changes of traces to tasks, users, rows and days; each class of locks whole before the next. */
async function putWhatFollows(
  session: Session,
  { settling, price }: Billing,
  known: KnownUsers,
  locked: readonly LockedTrace[],
  changes: readonly TraceChanges[],
): Promise<Map<string, string>> {
  const contributions: Contribution[] = locked.flatMap(({ trace: { tenant, id } }, i) =>
    changes[i]!.shares.map((share) => ({ tenant, trace: id, ...share })),
  )
  const workflows = await lockWorkflows(session, settling, contributions)
  if (workflows.length === 0) return new Map()
  const rows = changes.map((one) => one.rows)
  const billed = await billReports(session, { settling, price }, workflows, rows)
  const targets = await foldWorkflows(session, settling, billed.workflows)
  const { users, found } = await findUsers(session, settling, known, targets)
  await putRows(session, settling, targets, users, [...rows, billed.rows])
  await putWorkflows(session, targets)
  await putDays(session, settling, targets, users)
  return found
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
  settling: Settling,
  locked: readonly LockedTrace[],
  changes: readonly TraceChanges[],
): Promise<void> {
  const entries = locked.flatMap((one, i) => {
    const { remembered } = changes[i]!
    if (remembered.length === 0) return []
    return [{ locked: one, facts: factsToText(remembered, (facts) => keptEvents(settling, one, facts)) }]
  })
  await insert(session, ledger, entries)
}

/** Of an event that is written in this transaction the ledger keeps little; of one that is not, all. */
function keptEvents(settling: Settling, { trace }: LockedTrace, facts: Facts): Facts['events'] {
  const written = trace.nodes.get(facts.id)!.rows?.events ?? []
  return facts.events.map((event) => (written.some(({ fact }) => fact === event) ? settling.written(event) : event))
}

function inOrder(facts: readonly Facts[], locked: readonly LockedTrace[], changes: readonly TraceChanges[]): Outcome[] {
  const next = new Map(locked.map(({ key }, i) => [key, changes[i]!.outcomes[Symbol.iterator]()]))
  return facts.map((fact) => next.get(traceKey(fact))!.next().value!)
}
