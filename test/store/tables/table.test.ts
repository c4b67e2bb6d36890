import fc from 'fast-check'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { BadEntry, BadRow } from '../../../src/store/database.ts'
import { insert, insertion, remove, type Table, update } from '../../../src/store/tables/table.ts'
import { openTestDatabase } from '../../support/fresh-ledger.ts'
import { connect, emptyDatabase } from '../../support/postgres.ts'

interface Row {
  readonly id: string
  readonly line: string
  readonly doc: string
  readonly flag: boolean | null
  readonly small: number
  readonly large: bigint
  readonly at: bigint
  readonly day: string
  readonly money: string
}

const table: Table<Row> = {
  name: 'pieces',
  columns: [
    { name: 'id', type: 'uuid', value: ({ id }) => id },
    { name: 'line', type: 'text', value: ({ line }) => line },
    { name: 'doc', type: 'jsonb', value: ({ doc }) => doc },
    { name: 'flag', type: 'boolean', value: ({ flag }) => flag },
    { name: 'small', type: 'int4', value: ({ small }) => small },
    { name: 'large', type: 'int8', value: ({ large }) => large },
    { name: 'at', type: 'timestamptz', value: ({ at }) => at },
    { name: 'day', type: 'date', value: ({ day }) => day },
    { name: 'money', type: 'numeric', value: ({ money }) => money },
  ],
}

const text = fc.string({ unit: fc.constantFrom('a', '\t', '\n', '\\', '"', 'ß', '漢', '😀'), maxLength: 400 })
const rows: fc.Arbitrary<Row[]> = fc.uniqueArray(
  fc.record({
    id: fc.uuid(),
    line: text,
    doc: text.map((value) => JSON.stringify({ value })),
    flag: fc.option(fc.boolean(), { nil: null }),
    small: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    large: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    at: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    day: fc
      .date({ min: new Date('1990-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10)),
    money: fc
      .tuple(fc.bigInt({ min: 0n, max: 10n ** 12n }), fc.integer({ min: 0, max: 6 }))
      .map(([whole, places]) => (places === 0 ? `${whole}` : `${whole}.${'000123456'.slice(-places)}`)),
  }),
  { selector: ({ id }) => id, maxLength: 40 },
)

async function written(client: pg.Client): Promise<Row[]> {
  const { rows } = await client.query(
    `select id::text, line, doc::text, flag, small, large::text, (extract(epoch from at) * 1000000)::bigint::text as at,
       day::text, money::text from pieces order by id`,
  )
  return rows
}

/** The row as PostgreSQL returns it: with microseconds, and JSON as jsonb writes it. */
function seen(row: Row): object {
  return {
    ...row,
    doc: JSON.stringify(JSON.parse(row.doc)).replace('":', '": '),
    large: String(row.large),
    at: String(row.at / 1000n),
  }
}

test('what is copied in binary, or changed by parameters, is what is read', async () => {
  await using fresh = await emptyDatabase()
  await using client = await connect(fresh.url)
  await using database = openTestDatabase(fresh.url)
  await client.query(
    'create table pieces (id uuid primary key, line text, doc jsonb, flag boolean, small integer, large bigint, at timestamptz, day date, money numeric)',
  )
  let copied = 0
  await fc.assert(
    fc.asyncProperty(rows, async (list) => {
      await client.query('truncate pieces')
      copied += list.length
      await database.transaction((session) => insert(session, table, list))
      const expected = list.map(seen).sort((a, b) => ((a as Row).id < (b as Row).id ? -1 : 1))
      expect(await written(client)).toEqual(expected)
      await client.query('update pieces set line = null, doc = null, at = null, money = null')
      await database.transaction((session) =>
        update(session, table, ['line', 'doc', 'at', 'money'], list, list.map(stored)),
      )
      expect(await written(client)).toEqual(expected)
    }),
    { numRuns: 60 },
  )
  expect(copied).toBeGreaterThan(60)
})

interface Word {
  readonly id: string
  readonly word: string
  readonly left: number
}

const words: Table<Word> = {
  name: 'words',
  columns: [
    { name: 'id', type: 'uuid', value: ({ id }) => id },
    { name: 'word', type: 'text', value: ({ word }) => word },
    { name: 'left_out', type: 'int4', value: ({ left }) => left },
  ],
}
const makeWords = 'create table words (id uuid primary key, word varchar(5), left_out integer default 7)'
const stored = ({ id }: { id: string }) => ({ id, timeNs: 0n })
const idOf = (number: number) => `${number}`.padStart(32, '0')

test('a row that COPY refuses comes back with its entry; one that INSERT refuses without', async () => {
  await using fresh = await emptyDatabase()
  await using client = await connect(fresh.url)
  await using database = openTestDatabase(fresh.url)
  await client.query(makeWords)
  const entries = ['short', 'too long'].map((word, i) => ({ id: idOf(i), word, left: 1 }))
  const copying = database.transaction((session) => insert(session, words, entries))
  await expect(copying).rejects.toBeInstanceOf(BadEntry)
  await expect(copying).rejects.toMatchObject({ table: 'words', line: 2, entry: entries[1] })
  const inserting = database.transaction((session) => insert(session, { ...words, copyUnsupported: true }, entries))
  await expect(inserting).rejects.toBeInstanceOf(BadRow)
  await expect(inserting).rejects.not.toBeInstanceOf(BadEntry)
})

test('values are converted where COPY is not supported; only named columns are updated', async () => {
  await using fresh = await emptyDatabase()
  await using client = await connect(fresh.url)
  await using database = openTestDatabase(fresh.url)
  await client.query(makeWords)
  const [id, , left] = words.columns
  const cut: Table<Word> = {
    name: 'words',
    columns: [id!, { name: 'word', type: 'text', value: ({ word }) => word, as: 'left(v.word, 5)' }, left!],
    copyUnsupported: true,
  }
  expect(insertion(cut)).toContain('left(v.word, 5)')
  const entries = [0, 1, 2].map((i) => ({ id: idOf(i), word: `word ${i}`, left: i }))
  const read = async () => (await client.query('select word, left_out from words order by id')).rows.map(Object.values)
  await database.transaction((session) => insert(session, cut, entries))
  expect(await read()).toEqual([
    ['word ', 0],
    ['word ', 1],
    ['word ', 2],
  ])
  const changed = [{ id: idOf(1), word: 'other', left: 9 }]
  await database.transaction((session) => update(session, words, ['word'], changed, changed.map(stored)))
  expect(await read()).toEqual([
    ['word ', 0],
    ['other', 1],
    ['word ', 2],
  ])
  await database.transaction((session) =>
    remove(
      session,
      words,
      [idOf(0), idOf(2)].map((id) => stored({ id })),
    ),
  )
  expect(await read()).toEqual([['other', 1]])
})
