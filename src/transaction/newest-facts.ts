import type { Facts } from '../map/facts/facts.ts'
import type { Database } from '../store/database.ts'
import { factsFromText } from './ledger/facts-codec.ts'
import { statement } from './statements.ts'

/**
 * Reads the spans and log records that were committed last: those of up to 200 transactions' traces, at a cost that
 * does not grow with the ledger. An empty list means that the ledger is empty.
 */
export async function readNewestFacts(database: Database): Promise<Facts[]> {
  const entries = await database.transaction((session) =>
    session.query<{ trace: string; facts: string }>(statement('newest_facts')),
  )
  return entries.flatMap(({ trace, facts }) => factsFromText(trace, facts))
}
