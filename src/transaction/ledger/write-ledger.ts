import type { Facts } from '../../map/facts/facts.ts'
import { eventStub } from '../../settle/rows/event-stubs.ts'
import type { TraceChanges } from '../../settle/settle.ts'
import type { Session } from '../../store/database.ts'
import { JsonBytes } from '../../store/tables/json-bytes.ts'
import { insert, type Table } from '../../store/tables/table.ts'
import { factsToBytes, factsToText } from './facts-codec.ts'
import type { LockedTrace } from './locked-trace.ts'

/** A row of the ledger: the facts that one transaction has added to a trace. */
interface LedgerEntry {
  readonly locked: LockedTrace
  readonly facts: readonly Facts[]
}

/** The facts of the row that is written; each row is copied before the next one. */
const bytes = new JsonBytes()

const ledger: Table<LedgerEntry> = {
  name: 'ledger',
  columns: [
    { name: 'tenant', type: 'text', value: () => '' },
    { name: 'epoch', type: 'date', value: ({ locked }) => locked.epoch },
    { name: 'trace', type: 'uuid', value: ({ locked }) => locked.trace.id },
    { name: 'version', type: 'int8', value: ({ locked }) => locked.version },
    {
      name: 'facts',
      type: 'text',
      value: ({ locked, facts }) => factsToText(facts, (one) => eventsToStore(locked, one)),
      encoded({ locked, facts }) {
        factsToBytes(facts, (one) => eventsToStore(locked, one), bytes)
        return bytes.encoded()
      },
    },
  ],
}

/** Writes the facts that settling has kept. `changes` are those of the traces, in their order. */
export async function writeLedger(
  session: Session,
  traces: readonly LockedTrace[],
  changes: readonly TraceChanges[],
): Promise<void> {
  const entries: LedgerEntry[] = []
  for (const [i, locked] of traces.entries()) {
    const { remembered } = changes[i]!
    if (remembered.length > 0) entries.push({ locked, facts: remembered })
  }
  await insert(session, ledger, entries)
}

/** An event whose row this transaction writes is stored as a stub, because event_logs has its text; others are stored whole. */
function eventsToStore({ trace }: LockedTrace, facts: Facts): Facts['events'] {
  if (facts.events.length === 0) return facts.events
  const rows = trace.nodes.get(facts.id)!.rows?.events ?? []
  return facts.events.map((event) => (rows.some(({ fact }) => fact === event) ? eventStub(event) : event))
}
