import type { Database } from '../../store/database.ts'
import { readOnly } from '../read-only.ts'
import { queryStatement } from '../statements.ts'

/** An event of a run: a row of `event_logs`. */
export interface RunEvent {
  readonly id: string
  readonly workflow_id: string
  /** The event's number in its run, as text. */
  readonly seq: string
  /** RFC 3339, exact to the microsecond. */
  readonly timestamp: string
  readonly type: string
  readonly agent_id: string | null
  readonly message: string | null
}

/** How many events one statement reads. */
const eventsPerPage = 500

/** Events after a number, and the status that the run had before they were read: null where there is no run. */
export interface EventsOfRun {
  readonly status: string | null
  readonly events: readonly RunEvent[]
}

/**
 * Reads the next events of a run after a number, at most 500. The status is read first: once it says that the run has
 * ended and no event comes, there are no more.
 */
export function readEventsAfter(database: Database, workflow: string, seq: string): Promise<EventsOfRun> {
  return readOnly(database, async (session) => {
    const [run] = await session.query<{ status: string }>(queryStatement('status_of_run'), [workflow])
    const events = await session.query<RunEvent>(queryStatement('events_after'), [workflow, seq, eventsPerPage])
    return { status: run?.status ?? null, events }
  })
}

/** The last number given to an event, by run. */
export type LastNumbers = ReadonlyMap<string, bigint>

/** Reads the last numbers of runs: of those that are named, of the newest that run, and of the newest of all. */
export async function readLastNumbers(database: Database, named: readonly string[]): Promise<LastNumbers> {
  const rows = await readOnly(database, (session) =>
    session.query<{ workflow: string; seq: string }>(queryStatement('newest_runs'), [named]),
  )
  return new Map(rows.map(({ workflow, seq }) => [workflow, BigInt(seq)]))
}

/** Reads the events of runs after a number of each, at most 200 of each, by time. */
export async function readEventsOfRuns(database: Database, after: LastNumbers): Promise<readonly RunEvent[]> {
  if (after.size === 0) return []
  return readOnly(database, (session) =>
    session.query<RunEvent>(queryStatement('events_of_runs'), [
      [...after.keys()],
      [...after.values()].map((seq) => seq.toString()),
    ]),
  )
}
