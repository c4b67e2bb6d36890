import { type SqlStatements, statementsIn } from '../store/statements.ts'

const names = [
  'agents',
  'any_run',
  'cost_by_day_of_runs',
  'cost_by_mode',
  'cost_by_user_of_runs',
  'cost_of_calls',
  'events_after',
  'events_of_runs',
  'list_tasks',
  'matching_runs',
  'newest_runs',
  'one_task',
  'priced_calls',
  'run_columns',
  'runs_by_workflow',
  'schema_columns',
  'status_of_run',
  'task_by_id',
  'tools',
  'unpriced_calls',
  'users_by_id',
] as const

/** Returns the text of a statement of this room. */
export const queryStatement: SqlStatements<(typeof names)[number]> = statementsIn('queries/sql', names)
