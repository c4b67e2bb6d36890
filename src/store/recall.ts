import type { Settling } from '../settle/settling.ts'
import type { Trace } from '../settle/trace.ts'
import type { Price } from '../settle/usage.ts'
import type { Database } from './database.ts'
import { factsFromText } from './remember.ts'
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
