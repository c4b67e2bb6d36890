import type { Database } from '../../store/database.ts'
import { readCostGaps } from '../../transaction/read/read-run.ts'
import { costGapsText } from '../formats/cost-gaps.ts'
import type { Finding } from './finding.ts'

/** Says which calls of the newest runs are missing in their costs. It is no failure: the rows are as they should be. */
export async function checkCosts(database: Database): Promise<Finding[]> {
  const gaps = await readCostGaps(database)
  if (gaps.length === 0) return []
  const hint = 'the setting prices adds prices, and OpenAI streams tell their usage with include_usage'
  return [{ check: 'costs', found: `not in the costs of the newest 1000 runs: ${costGapsText(gaps)} (${hint})` }]
}
