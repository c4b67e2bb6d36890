import { dashed, taskId } from '../../settle/model/ids.ts'
import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'

/** The tables that people read, of whose rows is said what has changed. */
export type ChangedTable = 'task_executions' | 'event_logs' | 'token_usage' | 'tool_executions' | 'agent_executions'

/** How many rows of a table were added, changed and removed. */
export interface ChangedRows {
  readonly added: number
  readonly changed: number
  readonly removed: number
}

/** Sums over tasks. Money is in whole nano-dollars. */
export interface TaskSums {
  readonly tasks: number
  readonly tokens: number
  readonly costNano: bigint
}

/** What has changed in runs that were settled again. */
export interface RunChanges {
  readonly runs: number
  /** Runs of which any row has changed. */
  readonly changedRuns: number
  readonly tables: Readonly<Record<ChangedTable, ChangedRows>>
  /** The sums over the tasks of these runs. */
  readonly before: TaskSums
  readonly after: TaskSums
}

const noRows: ChangedRows = { added: 0, changed: 0, removed: 0 }
const noSums: TaskSums = { tasks: 0, tokens: 0, costNano: 0n }

/** The changes in no run. */
export const noRunChanges: RunChanges = {
  runs: 0,
  changedRuns: 0,
  tables: {
    task_executions: noRows,
    event_logs: noRows,
    token_usage: noRows,
    tool_executions: noRows,
    agent_executions: noRows,
  },
  before: noSums,
  after: noSums,
}

interface HashedRow {
  readonly table: ChangedTable
  readonly id: string
  readonly hash: string
  /** null in all tables but task_executions. */
  readonly tokens: number | null
  readonly costNano: string | null
}

/** The rows of some runs at one moment, as far as their changes are seen. */
type RunSnapshot = readonly HashedRow[]

/** Reads the rows of runs. */
function readSnapshot(session: Session, { workflows, changing }: ComparedRuns): Promise<RunSnapshot> {
  return session.query<HashedRow>(statement('run_hashes'), [[...workflows], changing])
}

/** The runs that were settled again in parts so far: each counts once, in its first part. */
export interface CountedRuns {
  readonly runs: ReadonlySet<string>
  /** Those of which any row has changed. */
  readonly changed: ReadonlySet<string>
}

/** The runs whose rows are compared. */
interface ComparedRuns {
  readonly workflows: ReadonlySet<string>
  /** The hashes in the ids of the rows that may change; null: all. */
  readonly changing: readonly string[] | null
  readonly counted?: CountedRuns
}

/** Writes, and compares the rows of some runs before and after; of none where `compared` is undefined. */
export async function comparing<Written>(
  session: Session,
  compared: ComparedRuns | undefined,
  write: () => Promise<Written>,
): Promise<{ written: Written; runChanges: RunChanges }> {
  if (compared === undefined || compared.workflows.size === 0)
    return { written: await write(), runChanges: noRunChanges }
  const before = await readSnapshot(session, compared)
  const written = await write()
  return { written, runChanges: changesBetween(compared, before, await readSnapshot(session, compared)) }
}

const noneCounted: CountedRuns = { runs: new Set(), changed: new Set() }

function changesBetween(
  { workflows, counted = noneCounted }: ComparedRuns,
  before: RunSnapshot,
  after: RunSnapshot,
): RunChanges {
  const keyOf = ({ table, id }: HashedRow) => `${table} ${id}`
  const [old, now] = [before, after].map((rows) => new Map(rows.map((row) => [keyOf(row), row.hash])))
  const count = (table: ChangedTable): ChangedRows => {
    const ofTable = (rows: RunSnapshot) => rows.filter((row) => row.table === table)
    const kept = ofTable(after).filter((row) => old!.has(keyOf(row)))
    return {
      added: ofTable(after).length - kept.length,
      changed: kept.filter((row) => old!.get(keyOf(row)) !== row.hash).length,
      removed: ofTable(before).filter((row) => !now!.has(keyOf(row))).length,
    }
  }
  const tables = {
    task_executions: count('task_executions'),
    event_logs: count('event_logs'),
    token_usage: count('token_usage'),
    tool_executions: count('tool_executions'),
    agent_executions: count('agent_executions'),
  }
  const isChanged = Object.values(tables).some(({ added, changed, removed }) => added + changed + removed > 0)
  const without = (others: ReadonlySet<string>) => [...workflows].filter((one) => !others.has(one)).length
  const countedTasks = new Set([...counted.runs].map((one) => dashed(taskId(one))))
  const [first, later] = [false, true].map((is) => sumsOf(before.filter(({ id }) => countedTasks.has(id) === is)))
  return {
    runs: without(counted.runs),
    changedRuns: isChanged ? without(counted.changed) : 0,
    tables,
    before: first!,
    after: addSums(sumsOf(after), later!, -1),
  }
}

function sumsOf(rows: RunSnapshot): TaskSums {
  return rows
    .filter(({ table }) => table === 'task_executions')
    .reduce(
      (sums, row) => addSums(sums, { tasks: 1, tokens: row.tokens ?? 0, costNano: BigInt(row.costNano ?? 0) }),
      noSums,
    )
}

function addSums(a: TaskSums, b: TaskSums, sign: 1 | -1 = 1): TaskSums {
  return {
    tasks: a.tasks + sign * b.tasks,
    tokens: a.tokens + sign * b.tokens,
    costNano: a.costNano + BigInt(sign) * b.costNano,
  }
}

/** Adds up what has changed in different runs. */
export function addChanges(a: RunChanges, b: RunChanges): RunChanges {
  const add = (table: ChangedTable): ChangedRows => {
    const [one, other] = [a.tables[table], b.tables[table]]
    return {
      added: one.added + other.added,
      changed: one.changed + other.changed,
      removed: one.removed + other.removed,
    }
  }
  return {
    runs: a.runs + b.runs,
    changedRuns: a.changedRuns + b.changedRuns,
    tables: {
      task_executions: add('task_executions'),
      event_logs: add('event_logs'),
      token_usage: add('token_usage'),
      tool_executions: add('tool_executions'),
      agent_executions: add('agent_executions'),
    },
    before: addSums(a.before, b.before),
    after: addSums(a.after, b.after),
  }
}
