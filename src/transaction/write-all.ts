import type { RowChanges } from '../settle/model/rows.ts'
import type { PriceLookup } from '../settle/prices/prices.ts'
import type { IsRepriced } from '../settle/rows/kept-price.ts'
import { type CostGap, costGapsIn, joinCostGaps } from '../settle/share/cost-gaps.ts'
import { awaitInOrder, type Session } from '../store/database.ts'
import { invalidateCalls, invalidateRollups } from './invalidate-rollups.ts'
import type { LockedTrace } from './ledger/locked-trace.ts'
import { column } from './lists.ts'
import { rewritePart, rowsOfTraces } from './resettle/rewrite-part.ts'
import { type AdaptedTables, adaptTables, type ToJson } from './tables/adapt-columns.ts'
import { type WrittenDays, writeDays } from './tables/days.ts'
import type { PrunedBefore } from './tables/missing-rows.ts'
import { rewriteRows } from './tables/rewrite-rows.ts'
import { findOrAddUsers, type UserCache } from './tables/users.ts'
import { writeRows } from './tables/write-rows.ts'
import { hoursOfCalls, type TouchedUsage, touchedUsage } from './touched-usage.ts'
import { billWorkflowReports } from './workflows/bill-reports.ts'
import { foldWorkflows, writeWorkflows } from './workflows/fold-workflows.ts'
import type { LockedWorkflow } from './workflows/lock-workflows.ts'
import { rowsOfOthers, wantedRows } from './workflows/wanted-rows.ts'
import { ownsTask, type WorkflowChange } from './workflows/workflow-change.ts'

/** The number of rows that another writer has written for tasks and days of a transaction, and that stay as they are. */
export interface ForeignRows {
  readonly tasks: number
  readonly days: number
}

/** What rows are written with. */
export interface WriteAllOptions {
  readonly price: PriceLookup
  /** Which rows get the present price. Absent: none that is written already. */
  readonly isRepriced?: IsRepriced | undefined
  readonly toJson: ToJson
  /** Whether it is asked which calls the transaction touches. */
  readonly watchesUsage?: boolean
  /** What was read before. All of it may have changed since. */
  readonly cache: {
    readonly users: UserCache
    readonly tables: AdaptedTables | undefined
    readonly prunedBefore: PrunedBefore
  }
}

/** What a transaction has written. */
export interface Written {
  /** The ids of users that were read or added, by external id. */
  readonly users: Map<string, string>
  readonly tables: AdaptedTables | undefined
  readonly foreignTasks: number
  readonly days: WrittenDays
  readonly gaps: readonly CostGap[]
  /** null: not asked for, or nothing is touched. */
  readonly touched: TouchedUsage | null
}

/** What the locked traces come to. */
export interface Settled {
  readonly workflows: readonly LockedWorkflow[]
  readonly rows: readonly RowChanges[]
  readonly traces: readonly LockedTrace[]
  /** The workflows of which only the rows of outdated traces are written again. */
  readonly inParts?: ReadonlySet<string>
}

const none: ReadonlySet<string> = new Set()
const noDays: WrittenDays = { foreign: Promise.resolve(0) }

/**
 * Writes tasks, users, rows and days of locked workflows. Each class of locks is taken whole before the next: traces and
 * workflows before this, users and days here (docs/design.md §6).
 */
export async function writeAll(
  session: Session,
  { price, isRepriced, toJson, cache, watchesUsage = false }: WriteAllOptions,
  { workflows, rows, traces, inParts = none }: Settled,
): Promise<Written> {
  if (workflows.length === 0)
    return { users: new Map(), tables: cache.tables, foreignTasks: 0, days: noDays, gaps: [], touched: null }
  const adapted = cache.tables ?? (await adaptTables(session, toJson))
  const billed = await billWorkflowReports(session, { price, isRepriced }, workflows, rows)
  const changed = await foldWorkflows(session, billed.workflows)
  const { users, found } = await findOrAddUsers(session, cache.users, changed)
  const rewritten = new Set(column(workflows.filter(isRewritten), 'workflow'))
  const all = [...rows, billed.rows]
  // each part that leaves a workflow would change the ranks of all calls that stay
  const ranking = new Map<string, boolean>()
  for (const { part } of traces) if (part !== undefined) ranking.set(part.workflow, part.leftOfWorkflow === 1)
  const where = { users, tables: adapted.tables, prunedBefore: cache.prunedBefore, ranking }
  const others = rewritten.size === 0 ? changed : changed.filter(({ workflow }) => !rewritten.has(workflow))
  const own = changed.filter(ownsTask)
  const outdated = inParts.size === 0 ? [] : traces.filter(({ isOutdated }) => isOutdated)
  const again = new Set([...rewritten, ...inParts])
  const hours = hoursOfCalls(all)
  const rewrite = async () => {
    if (inParts.size > 0) {
      // what has arrived may have given a trace, and its reports, to workflows that are not written again
      const ids = new Set(changed.map(({ workflow }) => workflow))
      const wanted = await wantedRows(session, outdated, all, ids)
      await invalidateStored(session, changed, inParts, wanted)
      await rewritePart(session, { ...where, workflows: changed, traces: outdated, inParts }, wanted)
    }
    if (rewritten.size === 0) return
    const wanted = await wantedRows(session, traces, all, rewritten)
    await invalidateStored(session, changed, rewritten, wanted)
    const ofRewritten = changed.filter(({ workflow }) => rewritten.has(workflow))
    await rewriteRows(session, { ...where, workflows: ofRewritten, others }, wanted)
  }
  const ofOthers = withoutOutdated(rowsOfOthers(all, rewritten), outdated)
  const [, , days] = await writeRows(session, { ...where, workflows: others }, ofOthers, async () => {
    await rewrite()
    return awaitInOrder([
      writeWorkflows(session, changed),
      invalidateRollups(session, { hours, workflows: changed, users, rewritten: again }),
      writeDays(session, { ...adapted, workflows: own, users }),
    ])
  })
  return {
    users: found,
    tables: adapted,
    foreignTasks: changed.length - own.length,
    days,
    gaps: newCostGaps(changed),
    touched: watchesUsage ? touchedUsage(hours, changed, again) : null,
  }
}

function isRewritten(workflow: LockedWorkflow): boolean {
  return workflow.isRewritten
}

/** Rows are compared by SQL where they are written again: the hours of those that are there may change. */
async function invalidateStored(
  session: Session,
  changed: readonly WorkflowChange[],
  workflows: ReadonlySet<string>,
  { usage }: RowChanges,
): Promise<void> {
  const tasks = changed.filter(({ workflow }) => workflows.has(workflow)).map(({ task }) => task)
  await invalidateCalls(
    session,
    tasks,
    usage.added.map(({ id }) => id),
  )
}

/** The rows that are written as they change: those of outdated traces are compared with what is stored. */
function withoutOutdated(rows: readonly RowChanges[], outdated: readonly LockedTrace[]): readonly RowChanges[] {
  if (outdated.length === 0) return rows
  const ids = new Set(outdated.map(({ trace }) => trace.id))
  return rows.map((one) => rowsOfTraces(one, (trace) => !ids.has(trace)))
}

function newCostGaps(workflows: readonly WorkflowChange[]): CostGap[] {
  const gaps: CostGap[] = []
  for (const { before, after } of workflows) if (after !== null) gaps.push(...costGapsIn(after.share, before?.share))
  return joinCostGaps(gaps)
}
