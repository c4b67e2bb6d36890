import type { Database } from '../../store/database.ts'
import { filledIn } from '../filled-in.ts'
import { readOnly } from '../read-only.ts'
import type { RunEventRow } from '../rows/event-rows.ts'
import { queryStatement } from '../statements.ts'

/** How a run stands. */
export interface RunState {
  readonly status: string
  /** The last number given to an event. */
  readonly seq: string
  /** Another one after each change of the run's rows. */
  readonly mark: string
}

/** Numbers from one to another, both included. */
export interface SeqRange {
  readonly from: string
  readonly to: string
}

/** Reads how a run stands; undefined where there is none. */
export async function readRunState(database: Database, workflow: string): Promise<RunState | undefined> {
  const rows = await readOnly(database, (session) => session.query<RunState>(queryStatement('run_state'), [workflow]))
  return rows[0]
}

/** Events, and the statement that reads them. */
export interface RunEventsPage {
  readonly events: readonly RunEventRow[]
  readonly sql: string
}

/** Reads the events of a run after a number, at most `limit`. */
export async function readRunEvents(
  database: Database,
  { workflow, after, limit }: { readonly workflow: string; readonly after: string; readonly limit: number },
): Promise<RunEventsPage> {
  const values = [workflow, after, limit]
  const sql = queryStatement('run_events_after')
  const events = await readOnly(database, (session) => session.query<RunEventRow>(sql, values))
  return { events, sql: filledIn(sql, values) }
}

/** Finds the numbers up to `seq` that no event of a run has any more. */
export function readMissingEvents(database: Database, workflow: string, seq: string): Promise<SeqRange[]> {
  return readOnly(database, (session) => session.query<SeqRange>(queryStatement('missing_events'), [workflow, seq]))
}

/** An event's place. */
export interface EventPlace {
  readonly id: string
  readonly workflow_id: string
  readonly seq: string
}

/** Finds the places of events by their ids. */
export function findEvents(database: Database, ids: readonly string[]): Promise<EventPlace[]> {
  if (ids.length === 0) return Promise.resolve([])
  return readOnly(database, (session) => session.query<EventPlace>(queryStatement('where_events_are'), [ids]))
}
