import { isUuid } from '../columns.ts'
import { derive } from '../settle/derive.ts'
import { emptyTrace, type Trace } from '../settle/model/trace.ts'
import type { PriceLookup } from '../settle/prices/prices.ts'
import type { BilledReport } from '../settle/workflow/deduplicate-across-traces.ts'
import type { Database } from '../store/database.ts'
import { factsFromText } from './ledger/facts-codec.ts'
import { fromExactJson } from './ledger/share-codec.ts'
import { writeAsCommitted } from './ledger/traces.ts'
import { statement } from './statements.ts'

/** The limit on traces that are read for one id: a session may have thousands. */
const mostTraces = 100

/** Reads the traces of a trace id or workflow id from the ledger and settles them. Locks and writes nothing. */
export async function readTraces(database: Database, price: PriceLookup, id: string): Promise<Trace[]> {
  return database.transaction(async (session) => {
    const found = await session.query<{ trace: string; epoch: string }>(statement('traces_by_id'), [
      id,
      isUuid(id) ? id : null,
    ])
    const wanted = found.slice(0, mostTraces)
    const rows = await session.query<{ trace: string; facts: string }>(statement('ledger_after'), [
      wanted.map(({ epoch }) => epoch),
      wanted.map(({ trace }) => trace),
      wanted.map(() => 0),
    ])
    const derived = wanted.map(({ trace }) => {
      const mine = rows.filter((row) => row.trace === trace)
      return derive(
        emptyTrace(trace),
        mine.flatMap(({ facts }) => factsFromText(trace, facts)),
      )
    })
    await writeAsCommitted(session, price, derived)
    return derived.map(({ trace }) => trace)
  })
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
