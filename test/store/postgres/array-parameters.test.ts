import { expect, test } from 'vitest'
import { withBinaryArrays } from '../../../src/store/postgres/array-parameters.ts'
import { openTestDatabase } from '../../support/fresh-ledger.ts'
import { emptyDatabase } from '../../support/postgres.ts'

const id = '0af76519-16cd-43dd-8448-eb211c80319c'

test('arrays arrive as they were, whatever is in them', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  const sql =
    'select $1::uuid[] as uuids, $2::text[] as texts, $3::jsonb[] as objects, $4::int[] as numbers, $5 as text'
  const texts = ['', 'a "quoted" {text}, with \\\\ and ß 😀', null, 'null', 'x'.repeat(100_000)]
  const values = [[id, id.replaceAll('-', '').toUpperCase(), null], texts, ['{"a":[1,"ß"]}', null], [1, null], 'plain']
  const [row] = await database.transaction((session) => session.query(sql, values))
  expect(row).toEqual({
    uuids: [id, id, null],
    texts,
    objects: [{ a: [1, 'ß'] }, null],
    numbers: [1, null],
    text: 'plain',
  })
})

test('empty arrays arrive empty', async () => {
  await using fresh = await emptyDatabase()
  await using database = openTestDatabase(fresh.url)
  const sql = 'select $1::uuid[] as uuids, $2::text[] as texts, $3::jsonb[] as objects'
  const [row] = await database.transaction((session) => session.query(sql, [[], [], []]))
  expect(row).toEqual({ uuids: [], texts: [], objects: [] })
})

test('what is no uuid is left to PostgreSQL to refuse', () => {
  const values = [[id, 'no uuid'], [id]]
  const [wrong, right] = withBinaryArrays('select $1::uuid[], $2::uuid[]', values)
  expect(wrong).toBe(values[0])
  expect(right).toBeInstanceOf(Buffer)
})
