import type { Database } from '../store/database.ts'
import { dayOf, monthOf } from './periods.ts'
import { budgetStatement } from './statements.ts'

/**
 * Asks the receivers to look at months again, because a command has changed calls in them: at those that were looked at
 * before, and at those of these hours (milliseconds since 1970). A receiver does so within a minute.
 */
export async function askForMonths(database: Database, hours: Iterable<number> = []): Promise<void> {
  const months = [...new Set([...hours].map((hour) => monthOf(dayOf(hour))))]
  await database.transaction((session) => session.query(budgetStatement('ask_for_months'), [months]))
}
