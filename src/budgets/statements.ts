import { type SqlStatements, statementsIn } from '../store/statements.ts'

const names = [
  'add_alerts',
  'ask_for_months',
  'change_alerts',
  'checked_months',
  'claim_alerts',
  'find_alerts',
  'finish_alert',
  'hours_of_tasks',
  'list_alerts',
  'lock_checks',
  'names_of_users',
  'now',
  'remove_old',
  'remove_spend',
  'set_checked',
  'set_checked_months',
  'set_spend',
  'spent',
  'sum_hours',
  'sums_of_periods',
  'take_months',
  'values_since',
] as const

/** Returns the text of a statement of this room. */
export const budgetStatement: SqlStatements<(typeof names)[number]> = statementsIn('budgets/sql', names)
