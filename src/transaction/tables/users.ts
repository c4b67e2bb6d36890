import { namedId, storedId } from '../../settle/model/ids.ts'
import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'
import type { UserOf, WorkflowChange } from '../workflows/workflow-change.ts'

/** Users that are committed, external id → id: they only grow, so they need not be asked for again. */
export type UserCache = Map<string, string>

const mostKnown = 50_000
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Finds or makes the users of the targets' tasks. `found` is to be kept in `known` after the commit. */
export async function findOrMakeUsers(
  session: Session,
  known: UserCache,
  targets: readonly WorkflowChange[],
): Promise<{ users: UserOf; found: Map<string, string> }> {
  const asked = new Set<string>()
  for (const target of targets) {
    for (const when of ['before', 'after'] as const) {
      const external = externalId(target, when)
      if (external !== null && !known.has(external)) asked.add(external)
    }
  }
  const found = asked.size === 0 ? new Map<string, string>() : await findOrMake(session, [...asked].sort())
  const users: UserOf = (target, when) => {
    const external = externalId(target, when)
    return external === null ? null : (found.get(external) ?? known.get(external)!)
  }
  return { users, found }
}

export function cacheUsers(known: UserCache, found: ReadonlyMap<string, string>): void {
  for (const [external, id] of found) known.set(external, id)
  for (const oldest of known.keys()) {
    if (known.size <= mostKnown) break
    known.delete(oldest)
  }
}

function externalId(target: WorkflowChange, when: 'before' | 'after'): string | null {
  const user = target[when]?.row.user ?? null
  return user === null ? null : storedId(target.tenant, user)
}

async function findOrMake(session: Session, externals: readonly string[]): Promise<Map<string, string>> {
  const there = await find(session, externals)
  const missing = externals.filter((external) => !there.has(external))
  if (missing.length === 0) return there
  await session.query(statement('add_users'), [missing.map((external) => namedId('user', external)), missing])
  return find(session, externals)
}

async function find(session: Session, externals: readonly string[]): Promise<Map<string, string>> {
  const rows = await session.query<{ asked: string; id: string }>(statement('find_users'), [
    externals,
    externals.filter((id) => uuid.test(id)),
  ])
  // an external id goes before an id
  const ids = new Map(rows.reverse().map(({ asked, id }) => [asked, id]))
  const found = new Map<string, string>()
  for (const external of externals) {
    const id = ids.get(external) ?? (uuid.test(external) ? ids.get(external.toLowerCase()) : undefined)
    if (id !== undefined) found.set(external, id)
  }
  return found
}
