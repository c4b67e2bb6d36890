import { writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { migrateDatabase } from '../../src/receiver.ts'
import { outcomeOf, runCommand, settingsFor, spawnReceiver } from '../support/command.ts'
import { configOf } from '../support/config.ts'
import { freshFolder } from '../support/embedded.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { send } from '../support/send.ts'

describe('migrations', () => {
  test('twenty at once apply each once', async () => {
    await using database = await freshDatabase()
    const config = configOf({ DATABASE_URL: database.url })
    const applied = await Promise.all(Array.from({ length: 20 }, () => migrateDatabase(config)))
    const all = applied.flat()
    expect(all.length).toBeGreaterThan(0)
    expect(new Set(all).size).toBe(all.length)
    expect(await migrateDatabase(config)).toEqual([])
  })

  test('keep the tables that an agent platform has already', async () => {
    await using database = await freshDatabase()
    await using client = await connect(database.url)
    await client.query(`
      create table users (id uuid primary key, external_id varchar(255) unique not null, favourite text);
      insert into users values ('00000000-0000-0000-0000-000000000001', 'ada', 'blue');`)
    await migrateDatabase(configOf({ DATABASE_URL: database.url }))
    const { rows } = await client.query('select id, external_id, favourite, email from users')
    expect(rows).toEqual([
      { id: '00000000-0000-0000-0000-000000000001', external_id: 'ada', favourite: 'blue', email: null },
    ])
  })

  test('spanledger migrate says what it did, and the second time that there is nothing to do', async () => {
    await using database = await freshDatabase()
    const settings = { DATABASE_URL: database.url }
    expect(await outcomeOf(['migrate'], settings)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^Applied \S/),
    })
    expect(await outcomeOf(['migrate'], settings)).toEqual({ code: 0, output: 'The tables are up to date\n' })
  })

  test('spanledger migrate --json says the same to programs', async () => {
    await using database = await freshDatabase()
    const settings = { DATABASE_URL: database.url }
    const { output } = await outcomeOf(['migrate', '--json'], settings)
    expect(JSON.parse(output).applied).toContain('001_tables')
    expect(await outcomeOf(['migrate', '--json'], settings)).toEqual({ code: 0, output: '{"applied":[]}\n' })
  })

  test('spanledger migrate finds its database in a configuration file', async () => {
    await using database = await freshDatabase()
    await using folder = await freshFolder()
    const file = `${folder.path}.yaml`
    await writeFile(file, `database_url: ${database.url}\n`)
    expect(await outcomeOf(['migrate', '--config', file], {})).toMatchObject({ code: 0 })
    await using client = await connect(database.url)
    expect((await client.query('select from task_executions')).rows).toEqual([])
  })
})

describe('spanledger serve', () => {
  test('says where it listens, where it writes and what to try, and shows no password', async () => {
    await using database = await freshDatabase()
    await using receiver = await spawnReceiver(database.url)
    const { password } = new URL(database.url)
    expect(receiver.output()).toMatch(/^Listening on /m)
    expect(receiver.output()).toMatch(/^Writing to .*\/test_/m)
    expect(receiver.output()).toMatch(/^Try next: +npm run demo -- --grpc-listen 127\.0\.0\.1:\d+ .*DATABASE_URL/m)
    expect(receiver.output()).toMatch(/^Or send: +OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/127\.0\.0\.1:\d+ /m)
    expect(password).not.toBe('')
    expect(receiver.output()).not.toContain(password)
    expect((await send(tracesRequest(smallRun('wf-first')), receiver.http)).status).toBe(200)
  })

  test.each([
    ['0.0.0.0', '127.0.0.1'],
    ['[::]', '[::1]'],
  ])('listens on %s and names addresses that a sender can use', async (every, own) => {
    await using database = await freshDatabase()
    const listen = { SPANLEDGER_HTTP_LISTEN: `${every}:0`, SPANLEDGER_GRPC_LISTEN: `${every}:0` }
    await using receiver = await spawnReceiver(database.url, listen)
    const [, endpoint = '', elsewhere] =
      /ENDPOINT=(\S+) .*another machine: http:\/\/<this host>:(\d+)\)$/m.exec(receiver.output()) ?? []
    expect(endpoint).toBe(`http://${own}:${elsewhere}`)
    expect(receiver.output()).toContain(`npm run demo -- --grpc-listen ${own}:`)
    expect((await send(tracesRequest(smallRun('wf-everywhere')), endpoint)).status).toBe(200)
  })

  test('goes on when the reader of its output has gone', async () => {
    await using database = await freshDatabase()
    await using run = runCommand(['serve'], settingsFor(database.url, {}))
    run.process.stdout?.destroy()
    await expect.poll(() => run.output()).toContain('"started"')
    const { http } = JSON.parse(run.output().trim().split('\n').at(-1)!)
    expect((await send(tracesRequest(smallRun('wf')), http)).status).toBe(200)
    run.process.kill('SIGTERM')
    expect(await run.exited).toBe(0)
  })

  test('several at once start on one empty database', async () => {
    await using database = await freshDatabase()
    const starting = [spawnReceiver(database.url), spawnReceiver(database.url)] as const
    await using one = await starting[0]
    await using two = await starting[1]
    for (const receiver of [one, two]) {
      expect((await send(tracesRequest(smallRun('wf-shared')), receiver.http)).status).toBe(200)
    }
  })

  test('stops at a wrong setting and says what is allowed', async () => {
    await using database = await freshDatabase()
    const { code, output } = await outcomeOf(['serve'], settingsFor(database.url, { SPANLEDGER_HTTP_LISTEN: '4318' }))
    expect(output).toBe('SPANLEDGER_HTTP_LISTEN can\'t be "4318". Allowed: host:port.\n')
    expect(code).toBe(2)
  })

  test('with --no-migrate stops before an empty database, and says how to go on', async () => {
    await using database = await freshDatabase()
    const { code, output } = await outcomeOf(['serve', '--no-migrate'], settingsFor(database.url, {}))
    expect(output).toContain('spanledger migrate')
    expect(code).toBe(2)
    await using client = await connect(database.url)
    const { rows } = await client.query(
      "select table_name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')",
    )
    expect(rows).toEqual([])
  })

  test('with --no-migrate starts once the tables are there', async () => {
    await using database = await freshDatabase()
    await migrateDatabase(configOf({ DATABASE_URL: database.url }))
    await using receiver = await spawnReceiver(database.url, { SPANLEDGER_MIGRATE: 'false' })
    expect((await send(tracesRequest(smallRun('wf')), receiver.http)).status).toBe(200)
  })

  test('stops where it may not listen, and names the address', async () => {
    await using database = await freshDatabase()
    await using receiver = await spawnReceiver(database.url)
    const taken = new URL(receiver.http).host
    const { code, output } = await outcomeOf(['serve'], settingsFor(database.url, { SPANLEDGER_HTTP_LISTEN: taken }))
    expect(output).toContain(taken)
    expect(code).toBe(2)
  })
})
