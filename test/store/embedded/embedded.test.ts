import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Misconfigured, Unavailable } from '../../../src/errors.ts'
import { BadRow, type Database, type Session } from '../../../src/store/database.ts'
import { openPostgres } from '../../../src/store/postgres/postgres.ts'
import { BinaryRows } from '../../../src/store/tables/binary-copy.ts'
import { freshFolder, freshTables, openFolder } from '../../support/embedded.ts'
import { expectLateAnswers } from '../../support/late-answers.ts'
import { emptyDatabase } from '../../support/postgres.ts'

let folder: Awaited<ReturnType<typeof freshFolder>>
let owner: Database
/** The last number that an owner said was committed, before it was killed the third time. */
let lastSaid = 0

beforeAll(async () => {
  folder = await freshFolder()
  // it makes the database, too
  for (const commits of [5, 60, 200]) lastSaid = await killAfter(commits, folder.path)
  owner = await openFolder(folder.path, { exclusive: true })
  await owner.transaction((session) => session.query('create table t (n int4 primary key, word varchar(5))'))
})

afterAll(async () => {
  await owner[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function count(database: Database, table: string): Promise<number> {
  const [row] = await database.transaction((s) => s.query<{ n: number }>(`select count(*)::int4 as n from ${table}`))
  return row!.n
}

function words(...all: readonly string[]): Buffer {
  const rows = new BinaryRows()
  for (const [i, word] of all.entries()) {
    rows.row(2)
    rows.int4(i + 100)
    rows.text(word)
  }
  return rows.finish()
}

/** Asks for one value of every kind that the store has, and gives back parameters of every kind that it sends. */
async function values(session: Session): Promise<object[]> {
  return [
    ...(await session.query(
      `select 1::int4 as small, 9007199254740993::int8 as big, 1.50::numeric as exact, true as yes, null as nothing,
        'é"\\'::text as text, '0af76519-16cd-43dd-8448-eb211c80319c'::uuid as uuid, '2026-02-03'::date as day,
        '2026-02-03T04:05:06.789Z'::timestamptz as time, '{"a":[1]}'::jsonb as json, '\\x00ff'::bytea as bytes,
        array[1, null]::int4[] as ints, array['a', null]::text[] as texts, array['2026-02-03']::date[] as days`,
    )),
    ...(await session.query(
      `select $1::text[] as texts, $2::int8[] as bigs, $3::bytea[] as bytes, $4::boolean[] as flags, $5::timestamptz as time,
        $6::bytea as blob, $7::jsonb as json, $8::int4 as n, $9::text as nothing, $10::text[] as empty`,
      [
        ['a', null, 'b"\\,{}', '', 'NULL'],
        [1, '9007199254740993', 3n],
        [Buffer.from([0, 255]), null],
        [true, false, null],
        new Date(1_790_000_000_123),
        Buffer.from('é'),
        { a: 'b"' },
        7,
        null,
        [],
      ],
    )),
  ]
}

describe('a transaction', () => {
  test('commits what its work did, and nothing when the work throws', async () => {
    await owner.transaction((session) => session.query('insert into t values ($1, $2)', [1, 'one']))
    const failing = owner.transaction(async (session) => {
      await session.query('insert into t values (2, null)')
      throw new Unavailable('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await count(owner, 't')).toBe(1)
  })

  test('waits for the answers that are left for its COMMIT, and an error among them undoes all', async () => {
    await expectLateAnswers(owner)
  })

  test('gives and takes values as the driver of PostgreSQL does', async () => {
    await using fresh = await emptyDatabase()
    await using postgres = openPostgres({
      url: fresh.url,
      connections: 1,
      connectTimeoutMs: 60_000,
      description: 'test',
    })
    const embedded = await owner.transaction(values)
    expect(embedded).toEqual(await postgres.transaction(values))
    expect((embedded[0] as { bytes: unknown }).bytes).toBeInstanceOf(Buffer)
  })

  test('copies, and names the line that it refuses', async () => {
    const copy = (...all: string[]) => owner.transaction((s) => s.copy('t', ['n', 'word'], words(...all)))
    await copy('a', 'b', 'é')
    expect(await count(owner, 't')).toBe(4)
    await expect(copy('a', 'too long')).rejects.toMatchObject({ name: 'BadRow', table: 't', line: 2 })
    await expect(copy('x')).rejects.toThrow('23505')
    expect(await count(owner, 't')).toBe(4)
  })

  test('waits for its turn, but not for ever', async () => {
    let end = () => {}
    const first = owner.transaction(() => new Promise<void>((resolve) => (end = resolve)))
    const limits = { lockTimeoutMs: 50, statementTimeoutMs: 1000 }
    await expect(owner.transaction((s) => s.query('select 1'), limits)).rejects.toThrow(Unavailable)
    const second = owner.transaction((s) => s.query('select 1 as one'))
    end()
    await first
    expect(await second).toEqual([{ one: 1 }])
  })

  test('of a table that is not there says what to do', async () => {
    await expect(owner.transaction((s) => s.query('select * from nowhere'))).rejects.toThrow(/spanledger migrate/)
  })
})

describe('the folder', () => {
  test('has one owner; who wants it exclusive is told who that is', async () => {
    const second = openFolder(folder.path, { exclusive: true })
    await expect(second).rejects.toThrow(Misconfigured)
    await expect(openFolder(folder.path, { exclusive: true })).rejects.toThrow(`process ${process.pid} has it since 20`)
  })

  test('serves others through the owner, with the same values and errors', async () => {
    await using peer = await openFolder(folder.path)
    expect(await peer.transaction(values)).toEqual(await owner.transaction(values))
    const copying = peer.transaction((session) => session.copy('t', ['n', 'word'], words('peer', 'too long')))
    await expect(copying).rejects.toMatchObject({ name: 'BadRow', table: 't', line: 2 })
    await peer.transaction((session) => session.query("insert into t values (50, 'peer')"))
    await expect(peer.transaction((s) => s.query("insert into t values (51, 'too long')"))).rejects.toThrow(BadRow)
    const [row] = await owner.transaction((s) => s.query('select word from t where n >= 50 and n < 60'))
    expect(row).toEqual({ word: 'peer' })
  })

  test('rolls back what a peer leaves open, and goes on', async () => {
    const before = await count(owner, 't')
    const peer = await openFolder(folder.path)
    const leaving = peer.transaction(async (session) => {
      await session.query('insert into t values (70, null)')
      throw new Unavailable('gone')
    })
    await expect(leaving).rejects.toThrow('gone')
    expect(await count(owner, 't')).toBe(before)
  })
})

test('the turn of another process ends with its time, and the owner has all that was committed', async () => {
  const maxHoldMs = 3_000
  await using short = await freshTables()
  await using owner = await openFolder(short.path, { exclusive: true, maxHoldMs })
  await using peer = await openFolder(short.path)
  await owner.transaction((session) => session.query('create table turns (n int4)'))

  const slow = peer.transaction(async (session) => {
    await session.query('insert into turns values (1)')
    await session.query('select count(*) from generate_series(1, 10000000000)')
  })
  await expect(slow).rejects.toThrow(/longer than \d+ ms and was ended/)
  await expect(slow).rejects.toBeInstanceOf(Unavailable)
  await owner.transaction((session) => session.query('insert into turns values (2)'))

  const idle = peer.transaction(async (session) => {
    await session.query('insert into turns values (3)')
    // comes when the peer's turn has ended
    await owner.transaction((s) => s.query('insert into turns values (4)'), { lockTimeoutMs: 0, statementTimeoutMs: 0 })
    await session.query('select')
  })
  await expect(idle).rejects.toThrow(`a turn at the embedded database ends after ${maxHoldMs} ms`)
  expect(await owner.transaction((s) => s.query('select n from turns order by n'))).toEqual([{ n: 2 }, { n: 4 }])
})

test('an owner that is killed while it commits, three times, has all that it said it had', async () => {
  expect(lastSaid).toBeGreaterThanOrEqual(265)
  expect(await count(owner, 'numbers')).toBeGreaterThanOrEqual(lastSaid)
})

test('a thread that fails is replaced, with all that was committed', async () => {
  const failing = owner.transaction(async (session) => {
    await session.query('insert into t values (90, null)')
    // WASM runs out of stack before PostgreSQL's own limit is reached
    await session.query(
      `create function f(n int) returns int language plpgsql as 'begin return f(n + 1); end'; select f(1)`,
    )
  })
  await expect(failing).rejects.toThrow(Unavailable)
  expect(await count(owner, 't where n = 90')).toBe(0)
  await owner.transaction((session) => session.query('insert into t values (90, null)'))
  expect(await count(owner, 't where n = 90')).toBe(1)
})

/** Lets a process commit so many times, kills it, and gives the last number that it said. */
async function killAfter(commits: number, place: string): Promise<number> {
  const script = path.join(import.meta.dirname, '..', '..', 'support', 'commit-for-ever.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, place], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  let said = 0
  let last = 0
  for await (const line of createInterface({ input: child.stdout })) {
    expect(Number(line)).toBeGreaterThan(last)
    last = Number(line)
    if (++said === commits) child.kill('SIGKILL')
  }
  await exited
  return last
}
