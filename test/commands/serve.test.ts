import { expect, test } from 'vitest'
import { outcomeOf, runCommand, settingsFor, spawnReceiver } from '../support/command.ts'
import { configOf } from '../support/config.ts'
import { openGate } from '../support/gate.ts'
import { migratedDefault } from '../support/migrated.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, emptyDatabase, freePort } from '../support/postgres.ts'
import { send } from '../support/send.ts'

test('serve says where it listens, where it writes and what to try, and shows no password', async () => {
  await using database = await emptyDatabase()
  await using receiver = await spawnReceiver(database.url)
  const { password } = new URL(database.url)
  expect(receiver.output()).toMatch(/^Listening on /m)
  expect(receiver.output()).toMatch(/^Writing to .*\/test_/m)
  expect(receiver.output()).toMatch(/^Try next: +npx spanledger demo --grpc-listen 127\.0\.0\.1:\d+ .*DATABASE_URL/m)
  expect(receiver.output()).toMatch(/^Or send: +OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/127\.0\.0\.1:\d+ /m)
  const [, page = ''] = /^The page is +(\S+)$/m.exec(receiver.output()) ?? []
  expect(await (await fetch(`${page}api/meta`)).json()).toMatchObject({ tenant: '', has_runs: false })
  expect(password).not.toBe('')
  expect(receiver.output()).not.toContain(password)
  expect((await send(tracesRequest(smallRun('wf-first')), receiver.http)).status).toBe(200)
})

test('serve with tokens names one in what to try', async () => {
  await using database = await emptyDatabase()
  await using receiver = await spawnReceiver(database.url, { SPANLEDGER_TOKENS: 'table' })
  const header = 'OTEL_EXPORTER_OTLP_HEADERS="x-api-key=<token>"'
  expect(receiver.output()).toContain(`Try next:    ${header} npx spanledger demo`)
  expect(receiver.output()).toContain(`OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf ${header} node your-agent.js`)
})

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['[::]', '[::1]'],
])('serve listens on %s and names addresses that a sender can use', async (every, own) => {
  await using database = await emptyDatabase()
  const addresses = { SPANLEDGER_HTTP_LISTEN: `${every}:0`, SPANLEDGER_GRPC_LISTEN: `${every}:0` }
  const listen = { ...addresses, SPANLEDGER_INSECURE: 'true' }
  await using receiver = await spawnReceiver(database.url, listen)
  const [, endpoint = '', elsewhere] =
    /ENDPOINT=(\S+) .*another machine: http:\/\/<this host>:(\d+)\)$/m.exec(receiver.output()) ?? []
  expect(endpoint).toBe(`http://${own}:${elsewhere}`)
  expect(receiver.output()).toContain(`npx spanledger demo --grpc-listen ${own}:`)
  expect((await send(tracesRequest(smallRun('wf-everywhere')), endpoint)).status).toBe(200)
})

test('serve without credentials listens on loopback only, unless it is told that this is meant', async () => {
  const DATABASE_URL = 'postgres://127.0.0.1:9/none'
  const listen = { DATABASE_URL, SPANLEDGER_GRPC_LISTEN: '0.0.0.0:0' }
  const refused = await outcomeOf(['serve'], listen)
  expect(refused.code).toBe(2)
  expect(refused.output).toMatch(
    /^SPANLEDGER_GRPC_LISTEN can't be "0\.0\.0\.0:0" without credentials: .* or say --insecure/,
  )
  // with the flag it goes on to the next step: its database is away
  const started = await outcomeOf(
    ['serve', '--insecure', '--http-listen', '127.0.0.1:0', '--start-timeout-ms', '0'],
    listen,
  )
  expect(started.code).toBe(1)
})

test('serve goes on when the reader of its output has gone', async () => {
  await using database = await emptyDatabase()
  await using run = runCommand(['serve'], settingsFor(database.url, {}))
  run.process.stdout?.destroy()
  await expect.poll(() => run.output()).toContain('"started"')
  const { http } = JSON.parse(run.output().trim().split('\n').at(-1)!)
  expect((await send(tracesRequest(smallRun('wf')), http)).status).toBe(200)
  run.process.kill('SIGTERM')
  expect(await run.exited).toBe(0)
})

test('several receivers start at once on one empty database', async () => {
  await using database = await emptyDatabase()
  const starting = [spawnReceiver(database.url), spawnReceiver(database.url)] as const
  await using one = await starting[0]
  await using two = await starting[1]
  for (const receiver of [one, two]) {
    expect((await send(tracesRequest(smallRun('wf-shared')), receiver.http)).status).toBe(200)
  }
})

test('serve waits for a database that is away, answers 503 meanwhile, and begins by itself', async () => {
  await using database = await emptyDatabase()
  const { port } = new URL(database.url)
  await using gate = await openGate()
  gate.refuse()
  const url = database.url.replace(`:${port}/`, `:${gate.port}/`)
  const http = `127.0.0.1:${await freePort()}`
  await using run = runCommand(['serve'], settingsFor(url, { SPANLEDGER_HTTP_LISTEN: http }))
  await expect.poll(() => run.output()).toContain('the database is away')
  const request = tracesRequest(smallRun('wf-early'))
  expect((await send(request, `http://${http}`)).status).toBe(503)
  expect((await fetch(`http://${http}/readyz`)).status).toBe(503)
  gate.leadTo(Number(port))
  await expect.poll(async () => (await send(request, `http://${http}`)).status).toBe(200)
  await expect.poll(() => run.output()).toContain('"started"')
})

test('serve ends with 1 when its database is away for longer than it waits', async () => {
  await using gate = await openGate()
  gate.refuse()
  const url = `postgres://nobody@127.0.0.1:${gate.port}/none`
  const { code, output } = await outcomeOf(['serve'], settingsFor(url, { SPANLEDGER_START_TIMEOUT_MS: '0' }))
  expect(code).toBe(1)
  expect(output).toContain(`127.0.0.1:${gate.port}/none, and was waited for 0 ms (SPANLEDGER_START_TIMEOUT_MS)`)
})

test('serve stops at a wrong setting and says what is allowed', async () => {
  await using database = await emptyDatabase()
  const { code, output } = await outcomeOf(['serve'], settingsFor(database.url, { SPANLEDGER_HTTP_LISTEN: '4318' }))
  expect(output).toBe('SPANLEDGER_HTTP_LISTEN can\'t be "4318". Allowed: host:port.\n')
  expect(code).toBe(2)
})

test('serve with --no-migrate stops before an empty database, and says how to go on', async () => {
  await using database = await emptyDatabase()
  const { code, output } = await outcomeOf(['serve', '--no-migrate'], settingsFor(database.url, {}))
  expect(output).toContain('spanledger migrate')
  expect(code).toBe(2)
  await using client = await connect(database.url)
  const { rows } = await client.query(
    "select table_name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')",
  )
  expect(rows).toEqual([])
})

test('serve with --no-migrate starts once the tables are there', async () => {
  await using database = await emptyDatabase()
  await migratedDefault(configOf({ DATABASE_URL: database.url }))
  await using receiver = await spawnReceiver(database.url, { SPANLEDGER_MIGRATE: 'false' })
  expect((await send(tracesRequest(smallRun('wf')), receiver.http)).status).toBe(200)
})

test('serve stops where it may not listen, and names the address', async () => {
  await using database = await emptyDatabase()
  await using receiver = await spawnReceiver(database.url)
  const taken = new URL(receiver.http).host
  const { code, output } = await outcomeOf(['serve'], settingsFor(database.url, { SPANLEDGER_HTTP_LISTEN: taken }))
  expect(output).toContain(taken)
  expect(code).toBe(2)
})
