import type { Facts } from '../../map/facts/facts.ts'
import type { Database, Session } from '../../store/database.ts'
import { readPartitions } from '../../store/partitions/table-layout.ts'
import { blocksOf } from '../../store/relation-size.ts'
import { factsFromText } from '../ledger/facts-codec.ts'
import { statement } from '../statements.ts'

/** So many pages at the end of a partition are looked into. */
const newestPages = 64

/**
 * Reads the spans and log records that were committed last: those of up to 200 transactions' traces, at a cost that
 * does not grow with the ledger. An empty list means that the ledger is empty.
 */
export async function readNewestFacts(database: Database): Promise<Facts[]> {
  const entries = await database.transaction(readEntries)
  return entries.flatMap(({ trace, facts }) => factsFromText(trace, facts))
}

interface LedgerEntry {
  readonly trace: string
  readonly facts: string
}

/** Reads the newest entries of the newest month that has any. */
async function readEntries(session: Session): Promise<LedgerEntry[]> {
  const partitions = await readPartitions(session, 'ledger')
  const whole = { qualified: 'ledger', from: null, to: null }
  for (const { qualified, from, to } of partitions.length === 0 ? [whole] : partitions.reverse()) {
    const bounds = [from === null ? '-infinity' : `${from}-01`, to === null ? 'infinity' : `${to}-01`]
    const firstPage = Math.max(0, (await blocksOf(session, qualified)) - newestPages)
    const entries = await session.query<LedgerEntry>(statement('newest_facts'), [...bounds, firstPage])
    if (entries.length > 0) return entries
  }
  return []
}
