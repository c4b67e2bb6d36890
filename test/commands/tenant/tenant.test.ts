import { expect, test } from 'vitest'
import { outcomeOf } from '../../support/command.ts'
import { snippet } from '../../support/documents.ts'
import { freshTables } from '../../support/embedded.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { connect, freshDatabase } from '../../support/postgres.ts'
import { openTenantPipeline, sendTo } from '../../support/tenants.ts'

test('the commands of docs/operations.md make a tenant, list it, and drop it', async () => {
  await using database = await freshDatabase()
  const lines = snippet('tenants').trim().split('\n')
  const outcomes: Awaited<ReturnType<typeof outcomeOf>>[] = []
  for (const line of lines) outcomes.push(await outcomeOf(line.split(' ').slice(1), { DATABASE_URL: database.url }))
  const shown = database.url.replace(/:[^:@]+@/, ':***@')
  expect(outcomes).toEqual([
    { code: 0, output: `The tenant acme is made in ${shown}\n` },
    { code: 0, output: expect.stringMatching(/^tenant +database +state\nacme +postgres:.* made\n$/) },
    { code: 0, output: 'The tables are up to date\nacme: The tables are up to date\n' },
    { code: 1, output: expect.stringContaining('Nothing is known of order-7') },
    {
      code: 0,
      output: expect.stringMatching(/^The tenant acme is dropped: 0 tasks, in \d+ tables of \d+ kB, in postgres:/),
    },
  ])
  await using client = await connect(database.url)
  const { rows } = await client.query(
    "select to_regnamespace('acme') as acme, to_regclass('task_executions')::text as own",
  )
  expect(rows).toEqual([{ acme: null, own: 'task_executions' }])
})

test('a tenant is dropped only with --yes, and only if it is there', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await outcomeOf(['tenant', 'add', 'acme'], settings)
  const asked = await outcomeOf(['tenant', 'drop', 'acme'], settings)
  expect(asked).toEqual({
    code: 1,
    output: expect.stringMatching(/^With the tenant acme go 0 tasks, .*say --yes\.\n$/),
  })
  expect(JSON.parse((await outcomeOf(['tenant', 'list', '--json'], settings)).output)).toMatchObject([
    { tenant: 'acme' },
  ])
  const unknown = { code: 2, output: expect.stringContaining('there is no tenant globex') }
  expect(await outcomeOf(['tenant', 'drop', 'globex', '--yes'], settings)).toEqual(unknown)
  const commands = ['migrate', 'explain wf-1', 'refused list', 'prune', 'partition', 'resettle', 'demo']
  for (const command of [...commands, 'forget --workflow wf-1'])
    expect(await outcomeOf([...command.split(' '), '--tenant', 'globex'], settings), command).toEqual(unknown)
})

test('forget --tenant alone forgets a tenant, and says per table how many rows that were', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await outcomeOf(['tenant', 'add', 'acme'], settings)
  {
    await using pipeline = await openTenantPipeline(database.url, ['acme'])
    await sendTo(pipeline, [{ tenant: 'acme', request: tracesRequest(smallRun('wf-1')) }])
  }
  await using client = await connect(database.url)
  await client.query(
    "insert into acme.archives (name, month, part, detached, rows, file) values ('event_logs', '2025-10-01', 1, true, 7, '/archive/acme/event_logs_2025_10.parquet')",
  )
  const dry = await outcomeOf(['forget', '--tenant', 'acme', '--dry-run', '--json'], settings)
  expect(dry).toMatchObject({ code: 0 })
  expect(JSON.parse(dry.output)).toMatchObject({ runs: 1, files: [{ rows: 7 }] })
  const gone = await outcomeOf(['forget', '--tenant', 'acme'], settings)
  expect(gone.output).toMatch(
    /^task_executions +1\n(.|\n)*Forgotten is the tenant acme, with 1 runs\nIts files of the archive stay: delete them\n/m,
  )
  expect(gone.code).toBe(0)
  const { rows } = await client.query("select to_regnamespace('acme') as acme")
  expect(rows).toEqual([{ acme: null }])
  expect(await outcomeOf(['forget', '--tenant', 'acme'], settings)).toMatchObject({ code: 2 })
})

test('a schema with tables of others, and a name that is not allowed, become no tenant', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await using client = await connect(database.url)
  await client.query('create schema crm; create table crm.users (id int); create schema empty')
  expect(await outcomeOf(['tenant', 'add', 'crm'], settings)).toEqual({
    code: 2,
    output: "there are tables in the schema crm that aren't Spanledger's: give the tenant another name.\n",
  })
  expect(await outcomeOf(['tenant', 'add', 'spanledger'], settings)).toMatchObject({ code: 2 })
  expect(await outcomeOf(['tenant', 'add', 'empty'], settings)).toMatchObject({ code: 0 })
})

test('a tenant with a server of its own is made there, and found by the setting', async () => {
  await using shared = await freshDatabase()
  await using own = await freshDatabase()
  const added = await outcomeOf(['tenant', 'add', 'globex', '--database-url', own.url], { DATABASE_URL: shared.url })
  expect(added.output).toMatch(
    /^The tenant globex is made in .*\nReceivers of another database find it by their file: /,
  )
  const settings = { DATABASE_URL: shared.url, SPANLEDGER_TENANTS: JSON.stringify({ globex: own.url }) }
  const again = await outcomeOf(['tenant', 'add', 'globex', '--json'], settings)
  expect(JSON.parse(again.output)).toMatchObject({ tenant: 'globex', applied: [] })
  const migrated = await outcomeOf(['migrate', '--json'], settings)
  expect(JSON.parse(migrated.output)).toEqual({ applied: [], tenants: { globex: [] } })
  expect((await outcomeOf(['tenant', 'list'], { DATABASE_URL: shared.url })).output).toBe(
    'There is no tenant but the default one.\n',
  )
})

test('the embedded database has tenants too, and one of them is copied to PostgreSQL', async () => {
  await using folder = await freshTables()
  await using database = await freshDatabase()
  const SPANLEDGER_DATA_DIR = folder.path
  expect(await outcomeOf(['tenant', 'add', 'acme'], { SPANLEDGER_DATA_DIR })).toMatchObject({ code: 0 })
  const settings = { SPANLEDGER_DATA_DIR, DATABASE_URL: database.url }
  const copied = await outcomeOf(['copy', '--tenant', 'acme'], settings)
  expect(copied).toMatchObject({ code: 0, output: expect.stringMatching(/^acme\.task_executions +0$/m) })
  expect((await outcomeOf(['copy'], settings)).output).toMatch(/^Not copied yet, by --tenant: acme\.$/m)
})
