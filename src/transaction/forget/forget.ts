import { taskId } from '../../settle/model/ids.ts'
import type { Database, Session } from '../../store/database.ts'
import { retryLocks } from '../../store/partitions/partition.ts'
import { ensureTombstoneKey } from '../ledger/tombstones.ts'
import { statement } from '../statements.ts'
import { type ForgetTarget, forgetWaiting, listForArchive, unlistForArchive } from './forget-archive.ts'
import { type ForgetOptions, forgetRun } from './forget-run.ts'
import { type ArchiveSearch, type FileWithRows, searchArchive } from './search-archive.ts'

/** Rows of one table that go. */
export interface ForgottenRows {
  readonly table: string
  readonly rows: number
  /** Rows of a platform that shares the table: they stay. */
  readonly foreign: number
}

/** What is forgotten of a target, or would be. */
export interface Forgotten {
  readonly runs: number
  /** The tables that have rows of the target. */
  readonly tables: readonly ForgottenRows[]
  /** Whether the row of the user stays, because this role may not delete users. */
  readonly userStays: boolean
  /** Whether there is an archive whose files may have rows of the target. */
  readonly isListed: boolean
  /** Where no table has rows of the target: the files of the archive that have some, or can't be read here. */
  readonly files: readonly FileWithRows[]
}

/** The most attempts at a run whose locks others hold. */
const mostAttempts = 60

/** Counts what `forget` would remove, and changes nothing. */
export async function countForgotten(database: Database, target: ForgetTarget): Promise<Forgotten> {
  const counted = await forEachBatch(database, target, async () => {})
  return hasRows(counted) ? counted : { ...counted, files: (await searchArchive(database, target)).files }
}

function hasRows({ tables }: Forgotten): boolean {
  return tables.some(({ rows }) => rows > 0)
}

/**
 * Forgets a run, or all runs of a user or session, one after the other, each in a transaction of its own; then the user.
 * May be interrupted, and run by several at once: the next call goes on with what is left. The rows are counted before.
 */
export async function forget(options: Omit<ForgetOptions, 'key'>, target: ForgetTarget): Promise<Forgotten> {
  const { database } = options
  const isListed = await database.transaction((session) => listForArchive(session, target))
  const forgotten = await forEachBatch(database, target, async (workflows) => {
    const key = await ensureTombstoneKey(database)
    for (const workflow of workflows) await retryLocks(() => forgetRun({ ...options, key }, workflow), mostAttempts)
  })
  const userStays = target.kind === 'user' && !(await forgetUser(database, target.id))
  if (hasRows(forgotten)) return { ...forgotten, userStays, isListed }
  const { files, workflows } = await searchArchive(database, target)
  const waiting = await database.transaction(
    (session) => forgetArchived(session, target, { files, workflows }),
    noLimits,
  )
  const tables = waiting === 0 ? forgotten.tables : [{ table: 'archives', rows: waiting, foreign: 0 }]
  return { ...forgotten, tables, userStays, isListed: files.length > 0, files }
}

/** Lists what files of the archive have rows of, and removes rows that wait to be archived. Returns the number of these. */
async function forgetArchived(
  session: Session,
  target: ForgetTarget,
  { files, workflows }: ArchiveSearch,
): Promise<number> {
  if (files.length === 0) await unlistForArchive(session, target)
  let waiting = 0
  for (const id of workflows) {
    if (files.length > 0) await listForArchive(session, { kind: 'workflow', id })
    waiting += await forgetWaiting(session, id, [taskId(id)])
  }
  return waiting
}

/** Counts the rows of a target, and hands on its runs, of which some hundred are in memory at once. */
async function forEachBatch(
  database: Database,
  target: ForgetTarget,
  work: (workflows: readonly string[]) => Promise<void>,
): Promise<Forgotten> {
  const counts = target.kind === 'user' ? await count(database, 'user_counts', target.id) : []
  let runs = 0
  let last = ''
  for (;;) {
    const workflows = await runsOf(database, target, last)
    if (workflows.length === 0) break
    const found = await count(database, 'run_counts', workflows)
    counts.push(...found)
    if (found.some(({ rows }) => rows > 0)) {
      await work(workflows)
      runs += workflows.length
    }
    if (target.kind === 'workflow') break
    last = workflows.at(-1)!
  }
  return { runs, tables: sumByTable(counts), userStays: false, isListed: false, files: [] }
}

async function runsOf(database: Database, { kind, id }: ForgetTarget, last: string): Promise<string[]> {
  if (kind === 'workflow') return [id]
  const rows = await database.transaction((session) => findRuns(session, kind, id, last), noLimits)
  return rows.map(({ workflow }) => workflow)
}

/** The folded shares of all runs are looked through, which takes its time. */
const noLimits = { lockTimeoutMs: 0, statementTimeoutMs: 0 }

function findRuns(session: Session, kind: 'user' | 'session', id: string, last: string) {
  return session.query<{ workflow: string }>(statement('runs_stating'), [kind, id, JSON.stringify(id), last])
}

function count(
  database: Database,
  name: 'run_counts' | 'user_counts',
  ids: string | readonly string[],
): Promise<ForgottenRows[]> {
  return database.transaction((session) => session.query<ForgottenRows>(statement(name), [ids]), noLimits)
}

function sumByTable(counts: readonly ForgottenRows[]): ForgottenRows[] {
  const tables = new Map<string, ForgottenRows>()
  for (const { table, rows, foreign } of counts) {
    const sum = tables.get(table)
    tables.set(table, { table, rows: rows + (sum?.rows ?? 0), foreign: foreign + (sum?.foreign ?? 0) })
  }
  return [...tables.values()].filter(({ rows, foreign }) => rows + foreign > 0)
}

/** Removes a user whom Spanledger has made, with the days that are left. Resolves to false where this role may not. */
async function forgetUser(database: Database, user: string): Promise<boolean> {
  return database.transaction(async (session) => {
    const [role] = await session.query<{ allowed: boolean }>(statement('may_remove_users'))
    if (role?.allowed !== true) return false
    await session.query(statement('forget_user'), [user])
    return true
  }, noLimits)
}
