import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { type ArchivedPart, archiveWaiting } from '../../../src/store/archive/archive.ts'
import { readColumns } from '../../../src/store/archive/archive-columns.ts'
import { verifyParquet, writeParquet } from '../../../src/store/archive/parquet-file.ts'
import { stageExpired } from '../../../src/store/archive/stage-expired.ts'
import { addMonths, type Month, monthOf, partitionName } from '../../../src/store/partitions/months.ts'
import { readPartitions } from '../../../src/store/partitions/table-layout.ts'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { forget } from '../../../src/transaction/forget/forget.ts'
import { removeExpiredRows } from '../../../src/transaction/retention/expired-rows.ts'
import { outcomeOf, runCommand, type Settings } from '../../support/command.ts'
import { callFacts } from '../../support/facts.ts'
import { freshLedger, openTestDatabase } from '../../support/fresh-ledger.ts'
import { databases, freshPlace } from '../../support/places.ts'
import { makePlatform } from '../../support/platform.ts'
import { connect, emptyDatabase } from '../../support/postgres.ts'
import { noPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

const current = monthOf(new Date())
/** So many days ago is in the month before the current one, so that all earlier months are older. */
const days = new Date().getUTCDate() + 5
const retention = { event_logs: days, token_usage: days }
const longAgo: Month = addMonths(current, -9)

/** A model call in the middle of a month. */
function callIn(number: number, months: number): Facts {
  const start = BigInt(Date.parse(`${addMonths(current, months)}-15T12:00:00Z`)) * 1_000_000n
  const times = { startTimeUnixNano: start, endTimeUnixNano: start + 1_000_000_000n }
  return callFacts(number, { 'user.id': 'ada' }, times)
}

async function newFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'spanledger-archive-'))
  return { path: folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function rowsIn(folder: string, file: string): Promise<Record<string, unknown>[]> {
  const { asyncBufferFromFile, parquetReadObjects } = await import('hyparquet')
  return parquetReadObjects({ file: await asyncBufferFromFile(path.join(folder, file)) })
}

async function relations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    "select relname as name from pg_class where relname ~ '_expired_' and relkind = 'r' order by 1",
  )
  return rows.map(({ name }) => name)
}

async function counts(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query(
    'select (select count(*)::int from event_logs) as events, (select count(*)::int from token_usage) as calls, (select count(*)::int from task_executions) as tasks',
  )
  return rows[0]
}

test('a month goes after its file is complete; rows of the same month that come later get a file of their own', async () => {
  await using folder = await newFolder()
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const write = openTestWriter(database)
  await write([callIn(1, -9), callIn(2, -9), callIn(3, 0)])
  const { rows: before } = await client.query('select * from token_usage order by id')
  const archiveFolder = folder.path
  const archived = await removeExpiredRows(database, retention, { archiveFolder })
  const file = `${partitionName('token_usage', longAgo)}.parquet`
  const events = `${partitionName('event_logs', longAgo)}.parquet`
  expect(archived.map((one) => [path.basename(one.file), one.rows])).toEqual([
    [events, 2 * (await counts(client)).events!],
    [file, 2],
  ])
  expect((await readdir(folder.path)).sort()).toEqual([events, file])
  const rows = await rowsIn(folder.path, file)
  const old = before.filter(({ created_at }) => (created_at as Date).toISOString().startsWith(longAgo))
  expect(rows.map((row) => row.id).sort()).toEqual(old.map(({ id }) => id).sort())
  const one = rows.find(({ id }) => id === old[0].id)
  expect(one).toMatchObject({
    model: 'gpt-4o',
    prompt_tokens: 10,
    cost_nano_usd: 0n,
    created_at: old[0].created_at,
    agent_id: null,
  })
  expect(await counts(client)).toEqual({ events: expect.any(Number), calls: 1, tasks: 3 })
  expect(await relations(client)).toEqual([])
  await write([callIn(4, -9)])
  await removeExpiredRows(database, retention, { archiveFolder })
  expect(await rowsIn(folder.path, file.replace('.parquet', '.2.parquet'))).toHaveLength(1)
  expect(await rowsIn(folder.path, file)).toHaveLength(2)
  expect(await removeExpiredRows(database, retention, { archiveFolder })).toEqual([])
})

test('a month with a partition is detached, and the books say which file has its rows', async () => {
  await using folder = await newFolder()
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const month = addMonths(current, -1)
  await openTestWriter(database)([callIn(1, -1), callIn(2, 0)])
  const isOver = new Date(Date.now() - 86_400_000).toISOString().slice(0, 7) > month
  await stageExpired(database, { token_usage: 1 })
  expect(await relations(client)).toEqual(isOver ? [`${partitionName('token_usage', month)}_expired_1`] : [])
  const parts = await database.transaction((session) => readPartitions(session, 'token_usage'))
  expect(parts.some(({ from }) => from === month)).toBe(!isOver)
  for (const [i, { from }] of parts.entries()) expect(from).toBe(i === 0 ? null : parts[i - 1]!.to)
  await archiveWaiting(database, folder.path)
  expect(await relations(client)).toEqual([])
  const { rows } = await client.query('select name, rows::int, file from spanledger.archives')
  const file = path.join(folder.path, `${partitionName('token_usage', month)}.parquet`)
  expect(rows).toEqual(isOver ? [{ name: 'token_usage', rows: 1, file }] : [])
})

test('where the file can not be written the rows wait, and the next call goes on', async () => {
  await using folder = await newFolder()
  await using ledger = await freshLedger()
  const { client, database } = ledger
  await openTestWriter(database)([callIn(1, -9)])
  const blocked = path.join(folder.path, 'blocked')
  await writeFile(blocked, 'no folder')
  await expect(removeExpiredRows(database, retention, { archiveFolder: blocked })).rejects.toThrow(/EEXIST|ENOTDIR/)
  expect(await relations(client)).toHaveLength(2)
  // without an archive nothing that waits for it is lost
  await removeExpiredRows(database, retention, { archiveFolder: null })
  expect(await relations(client)).toHaveLength(2)
  await rm(blocked)
  expect(await archiveWaiting(database, blocked)).toHaveLength(2)
  expect(await relations(client)).toEqual([])
})

/** Kills a `prune --archive` as soon as something has come. */
async function killPrune(settings: Settings, folder: string, hasCome: () => Promise<boolean>): Promise<void> {
  await using run = runCommand(['prune', '--archive', folder], settings)
  while (!(await hasCome())) {
    if (run.process.exitCode !== null) throw new Error(`prune has ended: ${run.output()}`)
    await pause(2)
  }
  run.process.kill('SIGKILL')
  await run.exited
}

test('a prune that is killed is finished by the next one: no row is lost or twice, no half file is taken for a whole one', async () => {
  await using folder = await newFolder()
  await using ledger = await freshLedger()
  const { client, database, url } = ledger
  await openTestWriter(database)([callIn(1, -9), callIn(2, -9), callIn(3, 0)])
  const old = async (table: string, key: string) => {
    const { rows } = await client.query(`select id from ${table} where ${key} < $1 order by id`, [`${longAgo}-28`])
    return rows.map(({ id }) => id)
  }
  const expected = {
    token_usage: await old('token_usage', 'created_at'),
    event_logs: await old('event_logs', 'timestamp'),
  }
  const settings = {
    DATABASE_URL: url,
    SPANLEDGER_RETENTION: JSON.stringify({ event_logs: `${days}d`, token_usage: `${days}d` }),
  }
  const waiting = (table: string) => `${partitionName(table, longAgo)}_expired_1`
  const files = () => readdir(folder.path)
  await using other = await connect(url)
  const holding = async (relation: string, mode: string, work: () => Promise<void>) => {
    await other.query(`begin; lock table ${relation} in ${mode} mode`)
    await work()
    await other.query('rollback')
    // as half a minute later
    await client.query('update spanledger.archives set claimed_until = now()')
  }

  // the first month has left its table, the second one cannot
  await holding('event_logs', 'share', () =>
    killPrune(settings, folder.path, async () => (await relations(client)).includes(waiting('token_usage'))),
  )
  expect(await relations(client)).toEqual([waiting('token_usage')])
  expect(await files()).toEqual([])

  await stageExpired(database, retention)
  await holding(waiting('event_logs'), 'access exclusive', () =>
    killPrune(settings, folder.path, async () => (await files()).length > 0),
  )
  expect(await files()).toEqual([expect.stringMatching(/^event_logs_\d{4}_\d\d\.parquet\..*-/)])

  // the file is whole, and its rows are in the database still
  const file = `${partitionName('event_logs', longAgo)}.parquet`
  await holding(waiting('event_logs'), 'access share', () =>
    killPrune(settings, folder.path, async () => (await files()).includes(file)),
  )
  expect(await rowsIn(folder.path, file)).toHaveLength(expected.event_logs.length)
  expect(await relations(client)).toEqual([waiting('event_logs'), waiting('token_usage')])

  expect(await outcomeOf(['prune', '--archive', folder.path], settings)).toMatchObject({ code: 0 })
  expect(await relations(client)).toEqual([])
  expect((await files()).sort()).toEqual([file, `${partitionName('token_usage', longAgo)}.parquet`])
  for (const [table, ids] of Object.entries(expected)) {
    const rows = await rowsIn(folder.path, `${partitionName(table as 'token_usage', longAgo)}.parquet`)
    expect(rows.map(({ id }) => id).sort()).toEqual(ids)
  }
})

test('a file that another database has written is not replaced', async () => {
  await using folder = await newFolder()
  await using one = await freshLedger()
  await using two = await freshLedger()
  for (const { database } of [one, two]) await openTestWriter(database)([callIn(1, -9)])
  const archive = ({ database }: typeof one) =>
    removeExpiredRows(database, { token_usage: days }, { archiveFolder: folder.path })
  const [{ file }] = (await archive(one)) as [ArchivedPart]
  const bytes = await readFile(file)
  await expect(archive(two)).rejects.toThrow(/is there already, and this database has not written it/)
  expect(await readFile(file)).toEqual(bytes)
  await rm(file)
  expect(await archive(two)).toHaveLength(1)
})

test('a file with other values than were written is found out', async () => {
  await using folder = await newFolder()
  await using ledger = await freshLedger()
  const { database } = ledger
  await openTestWriter(database)(Array.from({ length: 20 }, (_, number) => callIn(number, 0)))
  const columns = await database.transaction((session) => readColumns(session, 'token_usage'))
  const file = path.join(folder.path, 'calls.parquet')
  const page = await database.transaction((session) =>
    session.query<object>(`select ${columns.map(({ sql }, i) => `${sql} as c${i}`).join(', ')} from token_usage`),
  )
  const contents = await writeParquet(
    file,
    columns,
    (async function* () {
      yield page
    })(),
  )
  await verifyParquet(file, columns, contents)
  await expect(verifyParquet(file, columns, { ...contents, rows: 19 })).rejects.toThrow(/has 20 rows, and 19 were/)
  const sums = contents.sums.map((sum, i) =>
    columns[i]!.name === 'prompt_tokens' ? { ...sum, whole: sum.whole + 1n } : sum,
  )
  await expect(verifyParquet(file, columns, { ...contents, sums })).rejects.toThrow(/other values .* in prompt_tokens$/)
  const bytes = await readFile(file)
  await writeFile(file, bytes.subarray(0, bytes.length - 100))
  await expect(verifyParquet(file, columns, contents)).rejects.toThrow()
})

test('what is forgotten leaves the rows that wait, and is listed for the files that are there', async () => {
  await using folder = await newFolder()
  await using ledger = await freshLedger()
  const { client, database } = ledger
  const [one, two] = [callIn(1, -9), callIn(2, -9)]
  const write = openTestWriter(database)
  await write([one])
  const archiveFolder = folder.path
  await removeExpiredRows(database, retention, { archiveFolder })
  await write([two])
  await stageExpired(database, retention)
  const options = { database, price: noPrice, toJson: JSON.stringify }
  expect(await forget(options, { kind: 'user', id: 'ada' })).toMatchObject({ runs: 2, isListed: true })
  for (const relation of await relations(client))
    expect((await client.query(`select from ${relation}`)).rows, relation).toEqual([])
  expect(await archiveWaiting(database, folder.path)).toEqual([])
  expect(await relations(client)).toEqual([])
  const { rows } = await client.query('select kind, id from spanledger.archive_deletions order by kind, id')
  expect(rows).toEqual([
    { kind: 'user', id: 'ada' },
    { kind: 'workflow', id: 'wf-1' },
    { kind: 'workflow', id: 'wf-2' },
  ])
})

test('what only files have is forgotten by listing it: the answer names them, and an id that is nowhere is unknown', async () => {
  await using folder = await newFolder()
  await using ledger = await freshLedger()
  const { client, database, url } = ledger
  const old = callIn(1, -9)
  await openTestWriter(database)([old, callIn(2, 0)])
  const all = { ...retention, task_executions: days, tool_executions: days, agent_executions: days, ledger: days }
  const month = `${longAgo}-01`
  await client.query('update spanledger.ledger set epoch = $1 where trace = $2', [month, old.trace])
  await client.query('update spanledger.traces set epoch = $1, last_month = $1 where trace = $2', [month, old.trace])
  await removeExpiredRows(database, all, { archiveFolder: folder.path })
  const settings = { DATABASE_URL: url }
  const run = (...args: string[]) => outcomeOf(['forget', ...args], settings)
  const [task] = await rowsIn(folder.path, `${partitionName('task_executions', longAgo)}.parquet`)
  const workflow = task!.workflow_id as string
  const listed = async () =>
    (await client.query('select kind, id from spanledger.archive_deletions order by 1, 2')).rows

  const dry = await run('--workflow', workflow, '--dry-run', '--json')
  const has = (table: 'event_logs' | 'token_usage' | 'task_executions', rows: number) => ({
    file: path.join(folder.path, `${partitionName(table, longAgo)}.parquet`),
    rows,
  })
  const found = [has('task_executions', 1), has('event_logs', expect.any(Number)), has('token_usage', 1)]
  expect(JSON.parse(dry.output)).toEqual({ runs: 0, tables: [], files: found })
  expect(await listed()).toEqual([])

  expect(await run('--user', 'ada')).toMatchObject({ code: 0, output: expect.stringMatching(/^users +1 /m) })
  await client.query('delete from spanledger.archive_deletions')
  const user = await run('--user', 'ada')
  expect(user).toEqual({
    code: 0,
    output: expect.stringMatching(
      /^No table has rows of the user ada, but files of the archive have rows of it\n(.|\n)*token_usage_.*parquet +1\n/,
    ),
  })
  expect(await listed()).toEqual([
    { kind: 'user', id: 'ada' },
    { kind: 'workflow', id: workflow },
  ])
  expect(await run('--workflow', 'nowhere')).toMatchObject({
    code: 1,
    output: expect.stringMatching(/^Nothing is known of the workflow/),
  })
  expect(await listed()).toHaveLength(2)
  await rm(has('token_usage', 1).file)
  const lost = await run('--workflow', 'nowhere')
  expect(lost).toMatchObject({
    code: 0,
    output: expect.stringMatching(/files of the archive may have rows of it\n(.|\n)*can not be read here/),
  })
})

test('prune with an archive names the months that go, and no row of a month that goes in part', async () => {
  await using folder = await newFolder()
  await using ledger = await freshLedger()
  await openTestWriter(ledger.database)([callIn(1, -9), callIn(2, -8)])
  // in the middle of the month of the second call, all of whose rows are older
  const older = Math.floor((Date.now() - Date.parse(`${addMonths(current, -8)}-28T00:00:00Z`)) / 86_400_000)
  const settings = { DATABASE_URL: ledger.url, SPANLEDGER_RETENTION: `{"token_usage": "${older}d"}` }
  const rows = async (...args: string[]) => {
    const { output } = await outcomeOf(['prune', ...args], settings)
    return /^token_usage +rows +(\d+)/m.exec(output)?.[1]
  }
  expect(await rows('--dry-run')).toBe('2')
  expect(await rows('--dry-run', '--archive', folder.path)).toBe('1')
  expect(await rows('--archive', folder.path)).toBe('1')
  expect(await rows('--dry-run', '--archive', folder.path)).toBeUndefined()
  expect(await rows('--dry-run')).toBe('1')
})

test('without partitions whole months go, our own rows only', async () => {
  await using folder = await newFolder()
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlatform(client, 'newer')
  await migrate(database)
  await client.query("update event_logs set timestamp = timestamp - interval '2 years'")
  const platform = (await counts(client)).events!
  await openTestWriter(database)([callIn(1, -9), callIn(2, -8), callIn(3, 0)])
  const ours = ((await counts(client)).events! - platform) / 3
  const archived = await removeExpiredRows(database, { event_logs: days }, { archiveFolder: folder.path })
  expect(archived.map(({ file, rows }) => [path.basename(file), rows])).toEqual(
    [longAgo, addMonths(current, -8)].map((month) => [`${partitionName('event_logs', month)}.parquet`, ours]),
  )
  expect((await counts(client)).events).toBe(platform + ours)
})

test.each(databases)('prune archives into the folder that it is given, and names the files: %s', async (name) => {
  await using folder = await newFolder()
  await using place = await freshPlace(name)
  {
    await using database = await place.open()
    await migrate(database)
    await openTestWriter(database)([callIn(1, -9)])
  }
  const settings = { ...place.settings, SPANLEDGER_RETENTION: `{"token_usage": "${days}d"}`, DATABASE_URL: place.url }
  const { code, output } = await outcomeOf(['prune', '--archive', folder.path], settings)
  expect(output).toContain(`${path.join(folder.path, partitionName('token_usage', longAgo))}.parquet has 1 rows\n`)
  expect(code).toBe(0)
})
