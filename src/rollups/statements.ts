import { type SqlStatements, statementsIn } from '../store/statements.ts'

const names = [
  'find_changed_hours',
  'frozen_before',
  'invalid_hours',
  'latest_row_before',
  'remove_invalidations',
  'remove_sums',
  'rollup_state',
  'set_rollup_state',
  'sum_days_of_users',
  'sum_hours',
  'sum_hours_of_uncounted',
] as const

/** Returns the text of a statement of this room. */
export const rollupStatement: SqlStatements<(typeof names)[number]> = statementsIn('rollups/sql', names)
