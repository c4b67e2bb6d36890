import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { distributeTenant } from '../../src/store/citus.ts'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { dropTenant } from '../../src/store/tenants/tenants.ts'
import { openTestDatabase } from './fresh-ledger.ts'
import { connect } from './postgres.ts'

/** A database of Citus 12 or newer, on its coordinator; null where `CITUS_URL` names none, and the tests are left out. */
export const citusUrl: string | null = process.env.CITUS_URL || null

/**
 * A program that kills a node of that Citus with SIGKILL and starts it again, called with host and port; null where
 * `CITUS_RESTART` names none.
 */
export const citusRestart: string | null = process.env.CITUS_RESTART || null

/** A distributed tenant of a test, which goes with it. */
export interface CitusTenant extends AsyncDisposable {
  readonly name: string
}

/** Makes a tenant with a name of its own on a node of Citus. `make` makes its tables; without it they are those of this version. */
export async function citusTenant({
  make = migrate,
}: {
  make?: (tenant: Database) => Promise<unknown>
} = {}): Promise<CitusTenant> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await using database = openTestDatabase(citusUrl!)
  const tenant = database.forTenant(name)
  await make(tenant)
  await distributeTenant(tenant)
  return {
    name,
    async [Symbol.asyncDispose]() {
      await using closing = openTestDatabase(citusUrl!)
      await dropTenant(closing.forTenant(name))
    },
  }
}

/** A node of Citus. */
export interface CitusNode {
  readonly host: string
  readonly port: number
}

/** The node that has the tables of a tenant. */
export async function nodeOfTenant(tenant: string): Promise<CitusNode> {
  await using client = await connect(citusUrl!)
  const { rows } = await client.query<CitusNode>(
    `select distinct nodename as host, nodeport as port
     from pg_dist_shard s join pg_dist_placement p using (shardid) join pg_dist_node n on n.groupid = p.groupid
     where s.logicalrelid = to_regclass($1)`,
    [`${tenant}.ledger`],
  )
  return rows[0]!
}

/** Kills a node and starts it again; resolves when it answers. */
export async function restartNode({ host, port }: CitusNode): Promise<void> {
  await promisify(execFile)(citusRestart!, [host, String(port)])
}
