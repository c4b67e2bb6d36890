import { namedId } from '../../settle/model/ids.ts'
import type { Database } from '../../store/database.ts'
import { invalidateRollups } from '../invalidate-rollups.ts'
import { removeCallIds } from '../ledger/call-ids/call-ids.ts'
import { statement } from '../statements.ts'
import { adaptTables } from '../tables/adapt-columns.ts'
import { writeDays } from '../tables/days.ts'
import { findOrAddUsers } from '../tables/users.ts'
import { lockRemoved } from '../workflows/fold-workflows.ts'

/**
 * Removes a run in one transaction: its rows, all that is remembered of it, and its part of its
 * day, whose sums are then what they were without the run. Only for a run whose traces hold no other run, and of
 * which no span will come again: one that came would begin the run anew. The user stays (law 2: users only grow).
 */
export function removeRun(database: Database, workflow: string): Promise<void> {
  return database.transaction(async (session) => {
    const traces = await session.query<{ trace: string }>(statement('lock_run_traces'), [workflow])
    const workflows = [await lockRemoved(session, workflow)]
    const { users } = await findOrAddUsers(session, new Map(), workflows)
    // the columns' own conversions are not asked for: nothing is written into the rows of a run here
    const adapted = await adaptTables(session, (text) => text)
    const ids = traces.map(({ trace }) => trace)
    await removeCallIds(session, ids)
    await invalidateRollups(session, { hours: new Set(), workflows, users, rewritten: new Set([workflow]) })
    await session.query(statement('remove_run'), [workflow, ids])
    await writeDays(session, { ...adapted, workflows, users })
  })
}

/**
 * Removes a user whom Spanledger has made and all of whose runs are removed. Resolves to false
 * where this role may not: the user stays then.
 */
export function removeUser(database: Database, user: string): Promise<boolean> {
  return database.transaction(async (session) => {
    const [role] = await session.query<{ allowed: boolean }>(statement('may_remove_users'))
    if (role?.allowed !== true) return false
    await session.query(statement('remove_user'), [user, namedId('user', user)])
    return true
  })
}
