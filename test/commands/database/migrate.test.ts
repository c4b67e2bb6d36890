import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { outcomeOf } from '../../support/command.ts'
import { configOf } from '../../support/config.ts'
import { freshFolder } from '../../support/embedded.ts'
import { migratedDefault } from '../../support/migrated.ts'
import { connect, emptyDatabase } from '../../support/postgres.ts'

test('twenty migrations at once take each step once', async () => {
  await using database = await emptyDatabase()
  const config = configOf({ DATABASE_URL: database.url })
  const applied = await Promise.all(Array.from({ length: 20 }, () => migratedDefault(config)))
  const all = applied.flat()
  expect(all.length).toBeGreaterThan(0)
  expect(new Set(all).size).toBe(all.length)
  expect(await migratedDefault(config)).toEqual([])
})

test('migrate keeps the tables that an agent platform has already', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await client.query(`
    create table users (id uuid primary key, external_id varchar(255) unique not null, favourite text);
    insert into users values ('00000000-0000-0000-0000-000000000001', 'ada', 'blue');`)
  await migratedDefault(configOf({ DATABASE_URL: database.url }))
  const { rows } = await client.query('select id, external_id, favourite, email from users')
  expect(rows).toEqual([
    { id: '00000000-0000-0000-0000-000000000001', external_id: 'ada', favourite: 'blue', email: null },
  ])
})

test('migrate says what it did, and the second time that there is nothing to do', async () => {
  await using database = await emptyDatabase()
  const settings = { DATABASE_URL: database.url }
  expect(await outcomeOf(['migrate'], settings)).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^Applied \S/),
  })
  expect(await outcomeOf(['migrate'], settings)).toEqual({ code: 0, output: 'The tables are up to date\n' })
})

test('migrate --json says the same to programs', async () => {
  await using database = await emptyDatabase()
  const settings = { DATABASE_URL: database.url }
  const { output } = await outcomeOf(['migrate', '--json'], settings)
  expect(JSON.parse(output).applied).toContain('001_tables')
  expect(await outcomeOf(['migrate', '--json'], settings)).toEqual({ code: 0, output: '{"applied":[]}\n' })
})

test('migrate finds its database in a configuration file', async () => {
  await using database = await emptyDatabase()
  await using folder = await freshFolder()
  const file = `${folder.path}.yaml`
  await writeFile(file, `database_url: ${database.url}\n`)
  expect(await outcomeOf(['migrate', '--config', file], {})).toMatchObject({ code: 0 })
  await using client = await connect(database.url)
  expect((await client.query('select from task_executions')).rows).toEqual([])
})
