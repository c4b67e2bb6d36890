import { expect, test } from 'vitest'
import { openServers } from '../../../src/databases.ts'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { databaseOf } from '../../../src/store/tenants/tenant-servers.ts'
import { factTableNames } from '../../../src/transaction/tables/fact-tables.ts'
import { outcomeOf, settingsFor } from '../../support/command.ts'
import { configOf } from '../../support/config.ts'
import { connect, freshDatabase } from '../../support/postgres.ts'

const schemas = ['public', 'spanledger', 'acme', 'globex']

test("a role that tenant grant has let in reads its tenant's tables, and no other table or partition of anyone", async () => {
  await using place = await freshDatabase()
  {
    await using servers = await openServers(configOf(settingsFor(place.url, {})))
    for (const tenant of ['', 'acme', 'globex']) await migrate(databaseOf(servers, tenant))
  }
  await using admin = await connect(place.url)
  const unique = `r${process.pid}_${Date.now()}`
  const roles = { acme: `${unique}_acme`, globex: `${unique}_globex`, '': `${unique}_default` }
  for (const role of Object.values(roles)) await admin.query(`create role ${role} login password 'of-a-test'`)
  try {
    const grants = await Promise.all(
      Object.entries(roles).map(([tenant, role]) =>
        outcomeOf(['tenant', 'grant', ...(tenant ? [tenant] : []), '--role', role, '--json'], {
          DATABASE_URL: place.url,
        }),
      ),
    )
    for (const { code, output } of grants)
      expect({ code, output: JSON.parse(output) }).toMatchObject({ code: 0, output: { elsewhere: [] } })
    const { rows } = await admin.query<{ schema: string; name: string; partition: boolean }>(
      `select n.nspname as schema, c.relname as name, c.relispartition as partition
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = any ($1) and c.relkind in ('r', 'p', 'v', 'm')`,
      [schemas],
    )
    expect(rows.filter(({ partition }) => partition).length).toBeGreaterThan(30)
    for (const [tenant, role] of Object.entries(roles)) {
      const url = Object.assign(new URL(place.url), { username: role, password: 'of-a-test' })
      await using reader = await connect(url.href)
      const read: string[] = []
      for (const { schema, name } of rows) {
        const table = `${schema}.${name}`
        await reader.query(`select from ${table} limit 1`).then(
          () => read.push(table),
          (error: Error) => expect(error.message, table).toMatch(/permission denied/),
        )
        await expect(reader.query(`delete from ${table}`), table).rejects.toThrow(/permission denied/)
      }
      expect(read.sort()).toEqual(factTableNames.map((name) => `${tenant || 'public'}.${name}`).sort())
      await expect(reader.query(`create table ${tenant || 'public'}.mine ()`)).rejects.toThrow(/permission denied/)
    }
    await admin.query(`grant usage on schema globex to ${roles.acme}; grant select on globex.ledger to ${roles.acme}`)
    const again = await outcomeOf(['tenant', 'grant', 'acme', '--role', roles.acme], { DATABASE_URL: place.url })
    expect(again).toMatchObject({ code: 1, output: expect.stringContaining('it may read globex.ledger as well') })
  } finally {
    for (const role of Object.values(roles)) await admin.query(`drop owned by ${role}; drop role ${role}`)
  }
})

test('a role that is not there, or may do everything, is no reader', async () => {
  await using place = await freshDatabase()
  const grant = async (...args: string[]) => outcomeOf(['tenant', 'grant', ...args], { DATABASE_URL: place.url })
  const [absent, superuser, none] = await Promise.all([grant('--role', 'nobody'), grant('--role', 'postgres'), grant()])
  expect(absent).toMatchObject({ code: 2, output: expect.stringMatching(/^there is no role nobody: create role/) })
  expect(superuser).toMatchObject({ code: 2, output: expect.stringMatching(/^the role postgres is a superuser/) })
  expect(none).toMatchObject({ code: 2, output: expect.stringMatching(/^--role must name/) })
})
