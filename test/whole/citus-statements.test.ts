import type pg from 'pg'
import { describe, expect, test } from 'vitest'
import { sqlFiles, sqlFolders } from '../../src/store/sql-files.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { citusTenant, citusUrl } from '../support/citus.ts'
import { openTestDatabase } from '../support/fresh-ledger.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { urlIn } from '../support/tenants.ts'

const leftOut = citusUrl === null ? ' (left out: CITUS_URL names no Citus)' : ''

/**
 * Parameters that are not null, by statement. Where a condition can't hold, Citus plans no table, and fails at the place
 * of a row (ctid).
 */
const parameters: Readonly<Record<string, readonly string[]>> = {
  'transaction/sql/newest_facts': ["'2026-11-01'", "'2026-12-01'", '0'],
}

/** All statements of the code, and parts of some, by file. */
function statements(): Map<string, string> {
  const folders = sqlFolders.filter((folder) => folder !== 'store/tables/migrations')
  return new Map(
    folders.flatMap((folder) => [...sqlFiles(folder)].map(([name, text]) => [`${folder}/${name}`, text] as const)),
  )
}

/**
 * Explains each statement, or runs it, in a transaction that is rolled back; returns the message by file of those that
 * fail. EXPLAIN shows a plan also where the node that has the rows will refuse the statement.
 */
async function failuresOf(
  client: pg.Client,
  how: 'explain execute' | 'execute',
  texts: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const failed = new Map<string, string>()
  for (const [file, text] of texts) {
    await client.query('begin')
    try {
      await client.query(`prepare planned as ${text}`)
      const { rows } = await client.query<{ count: number }>(
        "select cardinality(parameter_types) as count from pg_prepared_statements where name = 'planned'",
      )
      const values = parameters[file] ?? Array.from({ length: rows[0]!.count }, () => 'null')
      await client.query(`${how} planned${values.length === 0 ? '' : `(${values.join(', ')})`}`)
    } catch (error) {
      failed.set(file, (error as Error).message)
    }
    await client.query('rollback; deallocate all')
  }
  return failed
}

describe.skipIf(citusUrl === null)(`the statements of the code in a tenant on Citus${leftOut}`, () => {
  // without values most can be planned, and fewer run
  test.each([
    { how: 'explain execute', least: 100 },
    { how: 'execute', least: 70 },
  ] as const)('%o: none fails that PostgreSQL takes', async ({ how, least }) => {
    await using tenant = await citusTenant()
    await using plain = await freshDatabase()
    await using database = openTestDatabase(plain.url)
    await migrate(database.forTenant('acme'))
    const all = statements()
    await using expected = await connect(urlIn(plain.url, 'acme'))
    const partial = await failuresOf(expected, how, all)
    const whole = new Map([...all].filter(([file]) => !partial.has(file)))
    expect(whole.size).toBeGreaterThan(least)
    await using client = await connect(urlIn(citusUrl!, tenant.name))
    expect(await failuresOf(client, how, whole)).toEqual(new Map())
  })
})
