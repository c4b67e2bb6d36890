import { expect, test } from 'vitest'
import { outcomeOf, type Settings, settingsFor, spawnReceiver, type TestReceiver } from '../../support/command.ts'
import { configOf } from '../../support/config.ts'
import { freshTables } from '../../support/embedded.ts'
import { migratedDefault } from '../../support/migrated.ts'
import { newTraceId, smallRun, tracesRequest } from '../../support/otlp.ts'
import { connect, emptyDatabase, freshDatabase, startPostgres } from '../../support/postgres.ts'
import { send } from '../../support/send.ts'

/** The doctor of this receiver: the same database, the addresses where it listens. */
function settingsOf({ http, grpc }: TestReceiver, settings: Settings): Settings {
  return { ...settings, SPANLEDGER_HTTP_LISTEN: new URL(http).host, SPANLEDGER_GRPC_LISTEN: grpc }
}

interface Finding {
  readonly check: string
  readonly found: string
  readonly advice?: string
}

async function doctor(settings: Settings): Promise<{ code: number | null; findings: Map<string, Finding> }> {
  const { code, output } = await outcomeOf(['doctor', '--json'], settings)
  const findings = JSON.parse(output) as Finding[]
  return { code, findings: new Map(findings.map((finding) => [finding.check, finding])) }
}

const wrong = (findings: ReadonlyMap<string, Finding>) =>
  [...findings.values()].filter(({ advice }) => advice !== undefined).map(({ check }) => check)

test('doctor finds all well on the embedded database, and leaves nothing behind', async () => {
  await using folder = await freshTables()
  const settings = { SPANLEDGER_DATA_DIR: folder.path }
  await using receiver = await spawnReceiver('', settings)
  const { code, output } = await outcomeOf(['doctor'], settingsOf(receiver, settings))
  expect(output).toMatch(
    /^ok +database .*\nok +durability .*\nok +clock .*\nok +tables .*\nok +privileges .*\nok +months +3 months ahead have partitions\nok +spans +no span has come yet .*docs\/sending.md#nothing-arrives.*\nok +OTLP\/HTTP .*\nok +OTLP\/gRPC .*\n$/,
  )
  expect(code).toBe(0)
})

test('doctor leaves nothing of its spans in the database', async () => {
  await using database = await freshDatabase()
  await using receiver = await spawnReceiver(database.url)
  const { findings } = await doctor(settingsOf(receiver, { DATABASE_URL: database.url }))
  expect(findings.get('OTLP/HTTP')?.advice).toBeUndefined()
  expect(findings.get('OTLP/gRPC')?.advice).toBeUndefined()
  await using client = await connect(database.url)
  for (const table of [
    'task_executions',
    'event_logs',
    'spanledger.traces',
    'spanledger.ledger',
    'spanledger.workflows',
  ]) {
    const { rows } = await client.query(`select * from ${table}`)
    expect(rows, table).toEqual([])
  }
})

test('doctor says when the last span came, and of which services and dialects', async () => {
  // with fsync, which the shared server goes without
  await using database = await startPostgres()
  await using receiver = await spawnReceiver(database.url)
  const settings = settingsOf(receiver, { DATABASE_URL: database.url })
  const plain = { ...smallRun('wf')[0]!, traceId: newTraceId(), attributes: {} }
  await send(tracesRequest([plain]), receiver.http)
  const before = await doctor(settings)
  expect(before.findings.get('spans')?.found).toMatch(
    /^the last one ended \d+ (s|min) ago \(\d{4}-.*Z\); of test-agent \(no dialect recognised\); no agent, model call or tool .*#nothing-arrives$/,
  )
  await send(tracesRequest(smallRun('wf', Date.now() - 3 * 3600_000)), receiver.http)
  await send(tracesRequest(smallRun('wf', Date.now() - 2 * 3600_000), 'another'), receiver.http)
  const { findings } = await doctor(settings)
  expect(findings.get('spans')?.found).toMatch(
    /^the last one ended \d+ (s|min) ago \(.*\); of test-agent \(plain attributes\), another \(plain attributes\)$/,
  )
  expect(findings.get('spans')?.advice).toBeUndefined()
})

test('doctor names attributes of the newest spans that look like usage and are unread', async () => {
  await using database = await freshDatabase()
  await using receiver = await spawnReceiver(database.url)
  const unread = [{ 'acme.draft_tokens': 7, 'acme.credits': 2 }, { 'acme.draft_tokens': 7 }]
  const spans = smallRun('wf').map((span, i) => ({ ...span, attributes: { ...span.attributes, ...unread[i] } }))
  await send(tracesRequest(spans), receiver.http)
  const { findings } = await doctor(settingsOf(receiver, { DATABASE_URL: database.url }))
  expect(findings.get('unread')?.found).toMatch(
    /^no dialect reads acme\.draft_tokens of .*@test-agent \(2 times\), acme\.credits of .*@test-agent \(once\): /,
  )
  expect(findings.get('unread')?.advice).toBeUndefined()
  expect(receiver.output()).toContain('acme.draft_tokens')
})

test('doctor and the log name calls without a price or a usage, by model', async () => {
  await using database = await freshDatabase()
  await using receiver = await spawnReceiver(database.url)
  const [root, call] = smallRun('wf')
  const unpriced = { ...call!, attributes: { ...call!.attributes, 'gen_ai.request.model': 'house-blend-1' } }
  const streamed = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.response.finish_reasons': 'stop',
  }
  const times = { startMs: root!.endMs + 5_000, endMs: root!.endMs + 6_000 }
  const unknown = { ...call!, ...times, spanId: 'e'.repeat(16), parentSpanId: root!.spanId, attributes: streamed }
  await send(tracesRequest([root!, unpriced, unknown]), receiver.http)
  const { findings } = await doctor(settingsOf(receiver, { DATABASE_URL: database.url }))
  expect(findings.get('costs')?.found).toMatch(
    /^not in the costs of the newest 1000 runs: no price is known for 1 call of house-blend-1 \(15 tokens\); nothing says what 1 call of gpt-4o used/,
  )
  expect(findings.get('costs')?.advice).toBeUndefined()
  expect(receiver.output()).toMatch(/"model":"house-blend-1","calls":1,"tokens":15,"msg":"no price is known/)
  expect(receiver.output()).toMatch(/"model":"gpt-4o","calls":1,"msg":"calls of this model were answered/)
  const { output } = await outcomeOf(['explain', 'wf'], { DATABASE_URL: database.url })
  expect(output).toContain('usage unknown: it was answered, and nothing says what it used')
  expect(output).toMatch(
    /\nnot in its cost: no price is known for 1 call of house-blend-1 \(15 tokens\); nothing says what 1 call of gpt-4o used\n$/,
  )
})

test('doctor says that no server answers, and what to start', async () => {
  await using database = await freshDatabase()
  await migratedDefault(configOf({ DATABASE_URL: database.url }))
  // a port that nobody has is the one that was just given back
  const settings = await spawnReceiver(database.url).then(async (receiver) => {
    await receiver[Symbol.asyncDispose]()
    return settingsOf(receiver, { DATABASE_URL: database.url })
  })
  const { code, findings } = await doctor(settings)
  expect(findings.get('OTLP/HTTP')).toMatchObject({
    found: expect.stringContaining('ECONNREFUSED'),
    advice: expect.stringContaining('spanledger serve'),
  })
  expect(findings.get('OTLP/gRPC')).toMatchObject({ found: expect.stringContaining('ECONNREFUSED') })
  expect(code).toBe(1)
})

test('doctor says that the receiver writes elsewhere', async () => {
  await using theirs = await freshDatabase()
  await using ours = await freshDatabase()
  await using receiver = await spawnReceiver(theirs.url)
  await migratedDefault(configOf({ DATABASE_URL: ours.url }))
  const { code, findings } = await doctor(settingsOf(receiver, { DATABASE_URL: ours.url }))
  expect(findings.get('OTLP/HTTP')?.advice).toContain('another database')
  expect(code).toBe(1)
})

test('doctor names the grants that a role lacks, and the statements that give them', async () => {
  await using database = await freshDatabase()
  await migratedDefault(configOf({ DATABASE_URL: database.url }))
  await using client = await connect(database.url)
  const role = `doctor_${process.pid}`
  await client.query(`create role ${role} login password 'secret-word'`)
  try {
    await client.query(`grant usage on schema public, spanledger to ${role};
      grant select, insert, update, delete on all tables in schema public, spanledger to ${role};
      revoke insert, update on token_usage from ${role};`)
    const url = new URL(database.url)
    url.username = role
    url.password = 'secret-word'
    const { code, findings } = await doctor(settingsFor(url.href, {}))
    expect(findings.get('privileges')).toEqual({
      check: 'privileges',
      found: `${role} lacks insert, update on token_usage`,
      advice: `grant insert, update on token_usage to ${role};`,
    })
    expect(JSON.stringify([...findings])).not.toContain('secret-word')
    expect(code).toBe(1)
  } finally {
    await client.query(`drop owned by ${role}; drop role ${role}`)
  }
})

test('doctor stops at a database without tables, and at one that is not there', async () => {
  await using database = await emptyDatabase()
  const empty = await doctor(settingsFor(database.url, {}))
  expect(empty.findings.get('tables')?.found).toContain('spanledger migrate')
  expect(empty.findings.has('OTLP/HTTP')).toBe(false)
  expect(empty.code).toBe(1)
  const url = new URL(database.url)
  url.pathname = '/nowhere'
  const nowhere = await doctor(settingsFor(url.href, {}))
  expect(wrong(nowhere.findings)).toEqual(['database'])
  expect(nowhere.findings.get('database')?.found).toContain('"nowhere" does not exist')
})

test('doctor says that a power cut can cost what was acknowledged', async () => {
  await using server = await startPostgres(['-c', 'fsync=off'])
  const { findings } = await doctor(settingsFor(server.url, {}))
  expect(findings.get('durability')).toMatchObject({
    found: 'fsync off, full_page_writes on, synchronous_commit on',
    advice: expect.stringContaining('power cut'),
  })
})
