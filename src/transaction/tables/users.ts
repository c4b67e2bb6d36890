import { namedId } from '../../settle/model/ids.ts'
import type { Session } from '../../store/database.ts'
import { statement } from '../statements.ts'
import type { UserOf, WorkflowChange } from '../workflows/workflow-change.ts'

/** The ids of users that are committed, by their external ids: users are never changed, so they are read once. */
export type UserCache = Map<string, string>

const mostCachedUsers = 50_000
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Finds the users of the workflows' tasks, and adds those that are missing. After the commit, `found` may be cached. */
export async function findOrAddUsers(
  session: Session,
  cache: UserCache,
  workflows: readonly WorkflowChange[],
): Promise<{ users: UserOf; found: Map<string, string> }> {
  const wanted = new Set<string>()
  for (const workflow of workflows) {
    for (const when of ['before', 'after'] as const) {
      const external = externalId(workflow, when)
      if (external !== null && !cache.has(external)) wanted.add(external)
    }
  }
  const found = wanted.size === 0 ? new Map<string, string>() : await findOrAdd(session, [...wanted].sort())
  const users: UserOf = (workflow, when) => {
    const external = externalId(workflow, when)
    return external === null ? null : (found.get(external) ?? cache.get(external)!)
  }
  return { users, found }
}

/** Adds committed users to the cache, and drops the oldest where there are too many. */
export function cacheUsers(cache: UserCache, found: ReadonlyMap<string, string>): void {
  for (const [external, id] of found) cache.set(external, id)
  for (const oldest of cache.keys()) {
    if (cache.size <= mostCachedUsers) break
    cache.delete(oldest)
  }
}

function externalId(workflow: WorkflowChange, when: 'before' | 'after'): string | null {
  return workflow[when]?.row.user ?? null
}

async function findOrAdd(session: Session, externals: readonly string[]): Promise<Map<string, string>> {
  const existing = await find(session, externals)
  const missing = externals.filter((external) => !existing.has(external))
  if (missing.length === 0) return existing
  await session.query(statement('add_users'), [missing.map((external) => namedId('user', external)), missing])
  return find(session, externals)
}

async function find(session: Session, externals: readonly string[]): Promise<Map<string, string>> {
  const rows = await session.query<{ asked: string; id: string }>(statement('find_users'), [
    externals,
    externals.filter((id) => uuid.test(id)),
  ])
  // the rows of external ids come first, and the last one set wins: an external id goes before an equal id
  const ids = new Map(rows.reverse().map(({ asked, id }) => [asked, id]))
  const found = new Map<string, string>()
  for (const external of externals) {
    const id = ids.get(external) ?? (uuid.test(external) ? ids.get(external.toLowerCase()) : undefined)
    if (id !== undefined) found.set(external, id)
  }
  return found
}
