import type { Billed } from '../settle/reports.ts'
import type { Settling } from '../settle/settling.ts'
import type { Trace } from '../settle/trace.ts'
import type { Price } from '../settle/usage.ts'
import type { Database } from './database.ts'
import { factsFromText } from './remember.ts'
import { fromExactText } from './share-text.ts'
import { statement } from './statements.ts'

/** More traces than these are not read at once: a session may have thousands. */
const mostTraces = 100

/** The traces of a trace id or workflow id as the ledger has them, settled; nothing is locked or written. */
export async function recallTraces(database: Database, settling: Settling, price: Price, id: string): Promise<Trace[]> {
  return database.transaction(async (session) => {
    const found = await session.query<{ tenant: string; trace: string; epoch: string }>(statement('traces_of'), [id])
    const wanted = found.slice(0, mostTraces)
    const rows = await session.query<{ tenant: string; trace: string; facts: string }>(statement('recall'), [
      wanted.map(({ tenant }) => tenant),
      wanted.map(({ epoch }) => epoch),
      wanted.map(({ trace }) => trace),
      wanted.map(() => 0),
    ])
    return wanted.map(({ tenant, trace }) => {
      const settled = settling.emptyTrace(tenant, trace)
      const mine = rows.filter((row) => row.tenant === tenant && row.trace === trace)
      settling.settle(
        settled,
        mine.flatMap(({ facts }) => factsFromText(tenant, trace, facts)),
        price,
      )
      return settled
    })
  })
}

/** What the workflows of these traces made of their reports, by the report's id. */
export async function recallBilled(database: Database, traces: readonly Trace[]): Promise<Map<string, Billed>> {
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
      { report: fromExactText(report), row: billed === null ? null : fromExactText(billed), better },
    ]),
  )
}
