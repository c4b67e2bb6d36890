import { isUuid } from '../../columns.ts'
import type { Facts } from '../../map/facts/facts.ts'
import { applySharedCalls } from '../../settle/call-ids/shared-calls.ts'
import { type DerivedTrace, derive } from '../../settle/derive.ts'
import { emptyTrace, type Trace } from '../../settle/model/trace.ts'
import type { PriceLookup } from '../../settle/prices/prices.ts'
import { writeDerived } from '../../settle/settle.ts'
import type { BilledReport } from '../../settle/workflow/deduplicate-across-traces.ts'
import type { Database } from '../../store/database.ts'
import { readSharedCalls } from '../ledger/call-ids/call-ids.ts'
import { factsFromText } from '../ledger/facts-codec.ts'
import { fromExactJson } from '../ledger/share-codec.ts'
import { statement } from '../statements.ts'

/** The limit on traces that are read for one id: a session may have thousands. */
const mostTraces = 100

/** A trace that is known, with the month under which its facts are. */
export interface KnownTrace {
  readonly trace: string
  readonly epoch: string
  /** How often it was written. */
  readonly version: string
}

/** Reads the traces of a trace id or workflow id from the ledger and settles them. Locks and writes nothing. */
export async function readTraces(database: Database, price: PriceLookup, id: string): Promise<Trace[]> {
  const found = await findTraces(database, id)
  const derived: DerivedTrace[] = []
  for (const one of found.slice(0, mostTraces)) derived.push(await deriveTrace(database, one))
  await settleRead(database, price, derived)
  return derived.map(({ trace }) => trace)
}

/** Finds the traces that a trace id or workflow id means. */
export function findTraces(database: Database, id: string): Promise<KnownTrace[]> {
  return database.transaction((session) =>
    session.query<KnownTrace>(statement('traces_by_id'), [id, isUuid(id) ? id : null]),
  )
}

/** Reads how many bytes the ledger stores of traces: they say how long it takes to derive them. */
export async function readStoredBytes(database: Database, traces: readonly KnownTrace[]): Promise<number> {
  const values = [traces.map(({ epoch }) => epoch), traces.map(({ trace }) => trace)]
  const [stored] = await database.transaction((session) =>
    session.query<{ bytes: number }>(statement('stored_bytes'), values),
  )
  return stored!.bytes
}

/**
 * Reads what the ledger has of a trace and derives what it means. Each part is read in a transaction of its own: others have
 * their turn in between, and no transaction waits while the facts are derived.
 */
export async function deriveTrace(
  database: Database,
  { trace, epoch }: Pick<KnownTrace, 'trace' | 'epoch'>,
): Promise<DerivedTrace> {
  const facts: Facts[] = []
  const partAfter = (version: string) => {
    const part = database.transaction((session) =>
      session.query<{ version: string; facts: string }>(statement('ledger_part'), [epoch, trace, version]),
    )
    // it is waited for later, and an error must not be unheard until then
    part.catch(() => {})
    return part
  }
  for (let part = partAfter('0'); ; ) {
    const rows = await part
    const last = rows.at(-1)
    if (last === undefined) return derive(emptyTrace(trace), facts)
    // the next part is read while this one is parsed
    part = partAfter(last.version)
    for (const row of rows) for (const one of factsFromText(trace, row.facts)) facts.push(one)
  }
}

/** Settles derived traces as they were when they were written: with what they share with other traces. */
export async function settleRead(
  database: Database,
  price: PriceLookup,
  derived: readonly DerivedTrace[],
): Promise<void> {
  const traces = derived.map(({ trace }) => trace)
  const shared = await database.transaction((session) =>
    readSharedCalls(
      session,
      traces.map((trace) => ({ trace, ids: trace.callIds })),
    ),
  )
  for (const one of derived) {
    applySharedCalls([one], shared.get(one.trace) ?? [])
    writeDerived(one, price)
  }
}

/** Reads, by the report's id, which reports of these traces their workflows have billed. */
export async function readBilledReports(
  database: Database,
  traces: readonly Trace[],
): Promise<Map<string, BilledReport>> {
  const ids = traces.flatMap(({ nodes }) => [...nodes.values()]).flatMap(({ rows }) => rows?.report?.id ?? [])
  if (ids.length === 0) return new Map()
  const found = await database.transaction((session) =>
    session.query<{ id: string; report: string; billed: string | null; better: string | null }>(
      statement('reports_by_id'),
      [ids],
    ),
  )
  return new Map(
    found.map(({ id, report, billed, better }) => [
      id,
      { report: fromExactJson(report), row: billed === null ? null : fromExactJson(billed), better },
    ]),
  )
}
