import { expect, test } from 'vitest'
import { Unavailable } from '../../src/errors.ts'
import { handleRequest } from '../../src/receiver/handle-request.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { databaseOf } from '../../src/store/tenants/tenant-servers.ts'
import { dropTenant, listTenants } from '../../src/store/tenants/tenants.ts'
import { hasBouncer, startBouncer } from '../support/bouncer.ts'
import { outcomeOf } from '../support/command.ts'
import { clientOf } from '../support/embedded.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { freshPlace } from '../support/places.ts'
import { connect, freshDatabase, startPostgres } from '../support/postgres.ts'
import { recordingNames } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { openTenantPipeline, sendTo, type TenantPipeline, urlIn } from '../support/tenants.ts'
import { verifyRecordings } from '../support/verify.ts'

/** Traces with several workflows, workflows with several traces, users and sessions. */
const names = [...recordingNames('hand-'), 'claude-code-http', 'temporal-go-deploy']
const pieces = piecesOf(names)

/** The same spans for each tenant, each in an order and in batches of its own, all at once. */
async function sendAllTo(place: Pick<TenantPipeline, 'pipeline'>, tenants: readonly string[]): Promise<void> {
  const orders = tenants.map((tenant, i) =>
    rearrange(pieces, { seed: i + 1, duplicate: 0.3, variants: 0.2 }).map((request) => ({ tenant, request })),
  )
  const longest = Math.max(...orders.map(({ length }) => length))
  await sendTo(place, Array.from({ length: longest }, (_, i) => orders.flatMap((order) => order[i] ?? [])).flat(), 6)
}

/** Holds what a tenant's tables must be, and returns their rows. */
async function heldLedger(url: string): Promise<string> {
  await using client = await connect(url)
  expect(await verifyRecordings(client, names)).toEqual([])
  expect(await brokenSums(client)).toEqual([])
  return await dumpLedger(client)
}

test('law 8: tenants with the same ids have the rows that each has alone, on one server', async () => {
  await using place = await freshDatabase()
  await using pipeline = await openTenantPipeline(place.url, ['', 'acme', 'globex'])
  await sendAllTo(pipeline, ['', 'acme', 'globex'])
  const ledger = await heldLedger(place.url)
  expect(await heldLedger(urlIn(place.url, 'acme'))).toBe(ledger)
  expect(await heldLedger(urlIn(place.url, 'globex'))).toBe(ledger)
})

test('law 8: on two servers, and what is sent to one is not on the other', async () => {
  await using one = await freshDatabase()
  await using two = await freshDatabase()
  const SPANLEDGER_TENANTS = JSON.stringify({ globex: { database_url: two.url } })
  await using pipeline = await openTenantPipeline(one.url, ['', 'acme', 'globex'], { SPANLEDGER_TENANTS })
  await sendAllTo(pipeline, ['acme', 'globex'])
  const ledger = await heldLedger(urlIn(one.url, 'acme'))
  expect(await heldLedger(urlIn(two.url, 'globex'))).toBe(ledger)
  expect(await listTenants(databaseOf(pipeline.servers, ''))).toEqual(['acme'])
  for (const { url } of [one, two]) {
    await using client = await connect(url)
    expect((await client.query('select workflow_id from task_executions')).rows).toEqual([])
  }
})

test.skipIf(!hasBouncer)('law 8: through PgBouncer in transaction mode, on one connection', async () => {
  await using place = await freshDatabase()
  await using bouncer = await startBouncer(place.url)
  await using pipeline = await openTenantPipeline(bouncer.url, ['', 'acme'])
  await sendAllTo(pipeline, ['', 'acme'])
  expect(await heldLedger(urlIn(place.url, 'acme'))).toBe(await heldLedger(place.url))
})

test('law 8: in the embedded database', async () => {
  await using place = await freshPlace('the embedded database')
  await using pipeline = await openTenantPipeline(place.url, ['', 'acme'], place.settings)
  await sendAllTo(pipeline, ['', 'acme'])
  const dumps = await Promise.all(
    ['', 'acme'].map((tenant) => dumpLedger(clientOf(databaseOf(pipeline.servers, tenant)))),
  )
  expect(dumps[0]).toContain('"workflow_id"')
  expect(dumps[1]).toBe(dumps[0])
})

test('the server of one tenant that is away holds up no other tenant, and is served when it is back', async () => {
  await using one = await freshDatabase()
  await using two = await startPostgres()
  const SPANLEDGER_TENANTS = JSON.stringify({ globex: two.url })
  await using pipeline = await openTenantPipeline(one.url, ['acme', 'globex'], {
    SPANLEDGER_TENANTS,
    SPANLEDGER_BEGIN_WITHIN_MS: '500',
    SPANLEDGER_ANSWER_TIMEOUT_MS: '1000',
  })
  const sent = (tenant: string) =>
    handleRequest(pipeline.pipeline, { ...tracesRequest(smallRun('wf')), transport: 'http', tenant }).then(
      () => 'committed',
      (error: unknown) => (error instanceof Unavailable ? 'away' : error),
    )
  await two.stop()
  const away = sent('globex')
  expect(await sent('acme')).toBe('committed')
  expect(await away).toBe('away')
  await two.start()
  await expect.poll(() => sent('globex')).toBe('committed')
  const lines = pipeline.log.map((line) => JSON.parse(line) as { msg: string; server?: string })
  expect(lines.map(({ msg, server }) => [msg, server !== undefined])).toEqual([
    ['the database is away; senders are asked to try again', true],
    ['the database is back', true],
  ])
})

test('a tenant that is dropped and made again under a running receiver has all rows of what comes then', async () => {
  await using place = await freshDatabase()
  await using pipeline = await openTenantPipeline(place.url, ['acme'])
  const acme = databaseOf(pipeline.servers, 'acme')
  // the model call without its root stays in memory, since its trace may grow
  const [root, call] = smallRun('wf')
  const send = (...spans: Parameters<typeof tracesRequest>[0]) =>
    sendTo(pipeline, [{ tenant: 'acme', request: tracesRequest(spans) }])
  await send(call!)
  await send({ ...call!, endMs: call!.endMs + 1 })
  await dropTenant(acme)
  await expect(send(root!)).rejects.toThrow('Tables or columns are missing')
  await migrate(acme)
  await send({ ...call!, endMs: call!.endMs + 1 })
  await send(root!)
  await using client = await connect(urlIn(place.url, 'acme'))
  expect(await brokenSums(client)).toEqual([])
  expect((await client.query('select workflow_id, total_tokens from task_executions')).rows).toEqual([
    { workflow_id: 'wf', total_tokens: 15 },
  ])
})

test('the commands that read look into the tables of the tenant that is named', async () => {
  await using place = await freshDatabase()
  const settings = { DATABASE_URL: place.url }
  {
    await using pipeline = await openTenantPipeline(place.url, ['acme'])
    await sendTo(pipeline, [{ tenant: 'acme', request: tracesRequest(smallRun('wf-1')) }])
    const nameless = { ...smallRun('wf-2')[0]!, traceId: '00' }
    const { message } = await handleRequest(pipeline.pipeline, {
      ...tracesRequest([nameless]),
      transport: 'http',
      tenant: 'acme',
    })
    expect(message).toMatch(/They are kept in acme\.refused_spans\.$/)
  }
  const codeOf = async (...args: string[]) => (await outcomeOf(args, settings)).code
  expect(await codeOf('explain', '--tenant', 'acme', 'wf-1')).toBe(0)
  expect(await codeOf('explain', 'wf-1')).toBe(1)
  expect((await outcomeOf(['refused', 'list'], settings)).output).toBe('Nothing is refused.\n')
  expect((await outcomeOf(['refused', 'list', '--tenant', 'acme'], settings)).output).toContain('span run')
  expect(await codeOf('refused', 'retry', '--tenant', 'acme')).toBe(3)
  const { output } = await outcomeOf(['doctor', '--tenant', 'acme'], settings)
  expect(output).toMatch(/^ok {4}spans +the last one ended/m)
  expect(output).not.toContain('OTLP')
  expect((await outcomeOf(['doctor', '--tenant', 'globex'], settings)).output).toContain('there is no tenant globex')
})

test('tenants are listed with their databases: which are made, which are only in the settings, and whose server is away', async () => {
  await using place = await freshDatabase()
  await using _made = await openTenantPipeline(place.url, ['', 'acme'])
  const away = 'postgres://nobody@127.0.0.1:1/agents'
  const SPANLEDGER_TENANTS = JSON.stringify({ globex: place.url, initech: away })
  const settings = { DATABASE_URL: place.url, SPANLEDGER_TENANTS }
  const listed = await outcomeOf(['tenant', 'list', '--json'], settings)
  expect(
    (JSON.parse(listed.output) as { tenant: string; state: string }[]).map((one) => [one.tenant, one.state]),
  ).toEqual([
    ['acme', 'made'],
    ['globex', 'not made'],
    ['initech', 'away'],
  ])
  const { output } = await outcomeOf(['tenant', 'list'], settings)
  expect(output).toMatch(/^globex .* not made: `spanledger tenant add globex`$/m)
})
