import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { Zstd } from '@hpcc-js/wasm-zstd'
import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { readableRequest } from '../../src/commands/formats/otlp-json.ts'
import { inOrderOfWriting } from '../../src/commands/import/file-order.ts'
import * as importing from '../../src/commands/import/import.ts'
import { runCommand, runShell } from '../support/command.ts'
import { freshTables } from '../support/embedded.ts'
import { dumpLedger } from '../support/ledger.ts'
import { printed } from '../support/look.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { type OtlpRequest, requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'

const someMs = Date.UTC(2026, 10, 23, 12)
const requests = ['claude-code-http', 'codex-exec', 'temporal-java-trip'].flatMap(requestsOf)
/** A metric request: a resource, a scope, a metric "requests" with a sum. */
const metrics = Buffer.from('0a1612141212' + '0a0872657175657374733a060a0412020801', 'hex')

const json = ({ signal, format, body }: OtlpRequest) =>
  Buffer.from(JSON.stringify(readableRequest(signal, format, body)))
const prefixed = (body: Uint8Array) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

let folder: string
let zstd: Zstd
let expected: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spanledger-import-'))
  zstd = await Zstd.load()
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await sendAll(requests, [receiver.http])
  expected = await ledgerOf(database.url)
})

afterAll(() => rm(folder, { recursive: true }))

async function ledgerOf(url: string): Promise<string> {
  await using client = await connect(url)
  return await dumpLedger(client)
}

function fileOf(name: string, content: Uint8Array): string {
  const file = path.join(folder, name)
  writeFileSync(file, content)
  return file
}

const lines = () => Buffer.concat(requests.flatMap((one) => [json(one), Buffer.from('\n')]))
const messages = () => Buffer.concat(requests.map((one) => prefixed(one.format === 'json' ? json(one) : one.body)))

describe('spanledger import makes the rows that a receiver makes', () => {
  test.each([
    ['of JSON lines', () => [fileOf('a.jsonl', lines())]],
    ['of JSON lines in gzip', () => [fileOf('a.jsonl.gz', gzipSync(lines()))]],
    ['of JSON lines in zstd', () => [fileOf('a.jsonl.zst', zstd.compress(lines()))]],
    ['of messages behind their lengths', () => [fileOf('a.pb', messages())]],
    [
      'of messages that are compressed by zstd each',
      () => [fileOf('b.pb', Buffer.concat(requests.map((one) => prefixed(zstd.compress(one.body)))))],
    ],
    ['of a file for each request', () => requests.map(({ body }, i) => fileOf(`${i}.bin`, body))],
  ])('%s, and again without a change', async (_, files) => {
    await using database = await freshDatabase()
    const how = { args: files(), settings: { DATABASE_URL: database.url } }
    expect(await printed(importing, how)).toMatchObject({ code: 0 })
    expect(await ledgerOf(database.url)).toBe(expected)
    const again = JSON.parse((await printed(importing, { ...how, switches: ['json'] })).output)
    expect(again).toMatchObject({ messages: requests.length, committed: 0, unreadable: 0, next: requests.length })
    expect(again.duplicate + again.unrelated).toBe(again.items)
    expect(await ledgerOf(database.url)).toBe(expected)
  })

  test('from standard input, into the embedded database of a receiver that runs and goes on', async () => {
    await using folderOf = await freshTables()
    await using receiver = await openTestReceiver('', { DATABASE_URL: '', SPANLEDGER_DATA_DIR: folderOf.path })
    const file = fileOf('stdin.jsonl', lines())
    await using run = runShell(`node dist/cli.js import --json < ${file} 2> ${file}.log`, {
      cwd: path.join(import.meta.dirname, '..', '..'),
      env: { SPANLEDGER_DATA_DIR: folderOf.path, DATABASE_URL: '' },
    })
    expect(await run.exited).toBe(0)
    expect(JSON.parse(run.output())).toMatchObject({ messages: requests.length, refused: 0 })
    const sent = await sendAll(requests, [receiver.http])
    expect(sent).toMatchObject({ ok: requests.length, failed: [] })
  })
})

test('what waits in the queue for longer than a sender would is stored once, and none of it is a duplicate', async () => {
  await using database = await freshDatabase()
  const runs = (message: number) => Array.from({ length: 60 }, (_, i) => smallRun(`wf-${message}-${i}`, someMs)).flat()
  const bodies = Array.from({ length: 20 }, (_, message) => tracesRequest(runs(message)).body)
  const { output } = await printed(importing, {
    args: [fileOf('long.jsonl', Buffer.concat(bodies.flatMap((body) => [body, Buffer.from('\n')])))],
    settings: { DATABASE_URL: database.url, SPANLEDGER_BEGIN_WITHIN_MS: '50' },
    switches: ['json'],
  })
  const { items } = JSON.parse(output)
  expect(JSON.parse(output)).toMatchObject({ messages: 20, committed: items, duplicate: 0, refused: 0 })
  expect(items).toBe(bodies.length * runs(0).length)
})

test('what is damaged is named with its place, metrics make no rows, the rest is taken', async () => {
  await using database = await freshDatabase()
  const [first, second] = requests as [OtlpRequest, OtlpRequest]
  const broken = Buffer.from('{"resourceSpans": [{"scopeSpans": 7}]}')
  const file = fileOf(
    'damaged.pb',
    Buffer.concat([
      prefixed(first.body),
      prefixed(metrics),
      prefixed(broken),
      prefixed(second.body),
      Buffer.from([0, 0, 1]),
    ]),
  )
  const { code, output, errors } = await printed(importing, {
    args: [file],
    settings: { DATABASE_URL: database.url },
    switches: ['json'],
  })
  expect(JSON.parse(output)).toMatchObject({ messages: 4, metrics: 1, unreadable: 2 })
  expect(errors).toMatch(
    /damaged\.pb, message 3: .*\n.*damaged\.pb, message 5: the file ends within .*The rest of the file is left out\.\n$/,
  )
  expect(code).toBe(3)
})

test('an import that was stopped goes on where it says', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  const args = [fileOf('stopped.jsonl', lines())]
  const stopped = await printed(importing, { args, settings, closed: AbortSignal.abort() })
  expect(stopped).toMatchObject({
    code: 130,
    errors: expect.stringContaining('Stopped. To go on: spanledger import --skip 0 with the same files.\n'),
  })
  const half = await printed(importing, {
    args,
    settings,
    options: { skip: [String(requests.length)] },
    switches: ['json'],
  })
  expect(JSON.parse(half.output)).toMatchObject({ items: 0, next: requests.length })
  await printed(importing, { args, settings })
  expect(await ledgerOf(database.url)).toBe(expected)
})

test('Ctrl-C in the middle of a file ends the process after what is on its way, and the same file goes on there', async () => {
  await using whole = await freshDatabase()
  await using database = await freshDatabase()
  const runs = Array.from({ length: 300 }, (_, i) => tracesRequest(smallRun(`wf-${i}`, someMs + i * 1000)))
  const file = fileOf('interrupted.jsonl', Buffer.concat(runs.flatMap(({ body }) => [body, Buffer.from('\n')])))
  const settings = { DATABASE_URL: database.url }
  await using client = await connect(database.url)
  await client.query('begin; lock table token_usage in share mode')
  await using run = runCommand(['import', file], settings)
  await lockIsAwaited(client)
  // the batch that waits goes on, and all that follow wait behind this lock
  await client.query('commit; begin; lock table token_usage in share mode')
  run.process.kill('SIGINT')
  await client.query('commit')
  expect(await run.exited).toBe(130)
  const [, skip = ''] = /^Stopped\. To go on: spanledger import --skip (\d+) with the same files\.$/m.exec(
    run.output(),
  )!
  expect(Number(skip)).toBeGreaterThan(0)
  expect(Number(skip)).toBeLessThan(runs.length)
  const committed = await client.query('select count(*)::int as runs from task_executions')
  expect(committed.rows[0].runs).toBeGreaterThanOrEqual(Number(skip))

  const rest = await printed(importing, { args: [file], settings, options: { skip: [skip] }, switches: ['json'] })
  expect(JSON.parse(rest.output)).toMatchObject({
    ...{ messages: runs.length - Number(skip), items: 2 * (runs.length - Number(skip)) },
    ...{ refused: 0, next: runs.length },
  })
  await printed(importing, { args: [file], settings: { DATABASE_URL: whole.url } })
  expect(await ledgerOf(database.url)).toBe(await ledgerOf(whole.url))
})

test('Ctrl-C ends an import from a pipe that gives nothing', async () => {
  await using database = await freshDatabase()
  await using client = await connect(database.url)
  await using run = runShell(`exec ${process.execPath} ${inject('program')} import`, {
    cwd: path.join(import.meta.dirname, '..', '..'),
    env: { DATABASE_URL: database.url },
  })
  for (let i = 0; i < 300; i++) run.input.write(`${tracesRequest(smallRun(`wf-piped-${i}`, someMs)).body}\n`)
  await expect
    .poll(async () => (await client.query('select id from task_executions')).rows.length, { timeout: 30_000 })
    .toBeGreaterThan(0)
  run.process.kill('SIGINT')
  expect(await run.exited).toBe(130)
  expect(run.output()).toMatch(/^Stopped\. To go on: spanledger import --skip \d+ with the same files\.$/m)
})

/** Resolves when a session of this database waits for a lock. */
async function lockIsAwaited(client: pg.Client): Promise<void> {
  const awaited =
    'select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())'
  while ((await client.query(awaited)).rows.length === 0) await pause(5)
}

test('files that were rotated are read as they were written', () => {
  const rotated = [
    'traces.jsonl',
    'logs.jsonl',
    'traces-2026-11-23T23-53-48.456-size.jsonl.gz',
    'traces-2026-11-23T22-53-48.456-size.jsonl',
  ]
  expect(inOrderOfWriting(rotated)).toEqual([rotated[3], rotated[2], rotated[0], rotated[1]])
})
