import type { Database } from '../../store/database.ts'
import { readPrunedTables } from '../../store/partitions/retention.ts'
import type { Finding } from './finding.ts'

/** Says what retention has removed; nothing where it has removed nothing. */
export async function checkRetention(database: Database): Promise<Finding[]> {
  const pruned = await readPrunedTables(database)
  if (pruned.length === 0) return []
  const gone = pruned.map(({ name, before }) => `${name} before ${before.toISOString().slice(0, 10)}`).join(', ')
  const ledger = pruned.some(({ name }) => name === 'ledger')
  const refused = ledger ? '; spans of new traces that began before the time of `ledger` are refused as `too-old`' : ''
  return [{ check: 'retention', found: `removed are rows of ${gone}${refused}` }]
}
