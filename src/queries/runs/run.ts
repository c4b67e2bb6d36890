import type { Database, Session } from '../../store/database.ts'
import { filledIn } from '../filled-in.ts'
import { readOnly } from '../read-only.ts'
import type { AgentRunRow, CallRow, ModelSums, Retry, ToolRunRow } from '../rows/call-rows.ts'
import type { RunRow } from '../rows/run-rows.ts'
import { queryStatement } from '../statements.ts'

/** A counted call, with the parts of its cost as the database has them, and the counters of those parts. */
export type StoredCallRow = Omit<CallRow, 'cost_parts'> & {
  readonly cost_parts: Readonly<Record<string, number | string>> | null
  readonly part_counters: {
    readonly cache_creation_1h_tokens: number | null
    readonly audio_input_tokens: number | null
    readonly audio_output_tokens: number | null
    readonly image_input_tokens: number | null
    readonly image_output_tokens: number | null
  }
}

/** What the row of a run says beyond its row in lists; its texts have at most 20,000 characters. */
export interface RunDetails {
  readonly query: string
  readonly result: string | null
  readonly error_message: string | null
  readonly metadata: Readonly<Record<string, unknown>> | null
  /** The number of its last event. */
  readonly seq: string
}

/** A run with what belongs to it. */
export interface WholeRun {
  readonly run: RunRow
  readonly details: RunDetails
  readonly byModel: readonly ModelSums[]
  readonly calls: readonly StoredCallRow[]
  readonly agents: readonly AgentRunRow[]
  readonly retries: readonly Retry[]
  readonly parent: RunRow | null
  readonly children: readonly RunRow[]
  readonly siblings: readonly RunRow[]
  readonly session: readonly RunRow[]
  readonly sql: string
}

/** How many calls of a run are read. */
export const mostCalls = 1_000

/** Reads a run with its sums, its calls and the runs around it; undefined where there is none. Each part is a turn of its own. */
export async function readWholeRun(database: Database, workflow: string): Promise<WholeRun | undefined> {
  const [run] = await readOnly(database, (session) => runsWhere(session, 'runs_by_workflow', [[workflow]]))
  if (run === undefined) return undefined
  const query = <Row extends object>(name: Parameters<typeof queryStatement>[0], values: readonly unknown[]) =>
    readOnly(database, (session) => session.query<Row>(queryStatement(name), values))
  const [details] = await query<RunDetails>('run_details', [workflow])
  if (details === undefined) return undefined
  const sums = queryStatement('run_call_sums')
  return {
    run,
    details,
    byModel: await query<ModelSums>('run_call_sums', [run.id]),
    calls: await readOnly(database, (session) =>
      session.query<StoredCallRow>(callsStatement('calls_of_run'), [run.id, mostCalls + 1]),
    ),
    agents: await query('agents_of_run', [workflow]),
    retries: await query('retries_of_run', [workflow]),
    ...(await relatives(database, run)),
    sql: filledIn(sums, [run.id]),
  }
}

async function relatives(database: Database, run: RunRow) {
  const { workflow_id: workflow, parent_workflow_id: parentId, session_id: sessionId } = run
  return readOnly(database, async (session) => {
    const parent = parentId === null ? undefined : (await runsWhere(session, 'runs_by_workflow', [[parentId]]))[0]
    const childrenOf = (of: RunRow) =>
      runsWhere(session, 'children_of_run', [
        ...[of.workflow_id, of.started_at, of.completed_at ?? new Date().toISOString(), workflow],
      ])
    return {
      parent: parent ?? null,
      children: await childrenOf(run),
      siblings: parent === undefined ? [] : await childrenOf(parent),
      session: sessionId === null ? [] : await runsWhere(session, 'runs_of_session', [sessionId, workflow]),
    }
  })
}

function runsWhere(
  session: Session,
  name: 'runs_by_workflow' | 'children_of_run' | 'runs_of_session',
  values: readonly unknown[],
): Promise<RunRow[]> {
  const from = queryStatement(name).replace(/^(--[^\n]*\n)+/, '')
  return session.query<RunRow>(`select ${queryStatement('run_columns').trim()} ${from}`, values)
}

function callsStatement(name: 'calls_of_run' | 'call_by_id'): string {
  return `select ${queryStatement('call_columns').trim()} ${queryStatement(name)}`
}

/** Reads a counted call of a run by its id; undefined where there is none. */
export async function readCall(database: Database, id: string, task: string): Promise<StoredCallRow | undefined> {
  const rows = await readOnly(database, (session) =>
    session.query<StoredCallRow>(callsStatement('call_by_id'), [id, task]),
  )
  return rows[0]
}

/** Reads tool runs of a run by their ids. */
export function readToolRuns(database: Database, ids: readonly string[], workflow: string): Promise<ToolRunRow[]> {
  if (ids.length === 0) return Promise.resolve([])
  return readOnly(database, (session) => session.query<ToolRunRow>(queryStatement('tool_runs_by_id'), [ids, workflow]))
}

/** The content of an event. */
export interface EventPayload {
  readonly type: string
  readonly payload: Readonly<Record<string, unknown>> | null
}

/** Which events of a run are read; the times say in which months they are. */
export interface EventsWanted {
  readonly ids: readonly string[]
  readonly workflow: string
  readonly fromMs: number
  readonly toMs: number
}

/** Reads the contents of events of a run by their ids. */
export function readPayloads(
  database: Database,
  { ids, workflow, fromMs, toMs }: EventsWanted,
): Promise<EventPayload[]> {
  if (ids.length === 0) return Promise.resolve([])
  const times = [new Date(fromMs - 1000).toISOString(), new Date(toMs + 1000).toISOString()]
  return readOnly(database, (session) =>
    session.query<EventPayload>(queryStatement('events_by_id'), [ids, workflow, ...times]),
  )
}

/** What the row of a counted call says, by the row's id. */
export interface CountedCallSums {
  readonly id: string
  readonly model: string
  readonly prompt: number
  readonly completion: number
  readonly costNano: number
  readonly isUnpriced: boolean
}

/** Reads what all counted calls of a run come to, by pages. */
export async function readCountedCalls(database: Database, task: string): Promise<Map<string, CountedCallSums>> {
  const found = new Map<string, CountedCallSums>()
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const last = after
    const rows = await readOnly(database, (session) =>
      session.query<CountedCallSums>(queryStatement('counted_calls'), [task, last]),
    )
    for (const row of rows) found.set(row.id, row)
    if (rows.length < 10_000) return found
    after = rows.at(-1)!.id
  }
}
