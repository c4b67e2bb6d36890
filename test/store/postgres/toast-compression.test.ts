import type pg from 'pg'
import { expect, test } from 'vitest'
import type { Session } from '../../../src/store/database.ts'
import { databaseOnPool } from '../../../src/store/postgres/postgres.ts'
import { openToastCompression } from '../../../src/store/postgres/toast-compression.ts'
import { emptyDatabase, openPool } from '../../support/postgres.ts'

test('a connection is asked once, and lz4 is set for each transaction where the server has it', () => {
  const [withLz4, without] = [{} as pg.PoolClient, {} as pg.PoolClient]
  const compression = openToastCompression()
  const answer = (has_lz4: boolean) => [{ rows: [] }, { rows: [{ has_lz4 }] }] as unknown as pg.QueryResult[]
  for (const client of [withLz4, without]) expect(compression.begin(client)).toContain('pg_settings')
  compression.begun(withLz4, answer(true))
  compression.begun(without, answer(false))
  expect(compression.begin(withLz4)).toBe('set local default_toast_compression = lz4; ')
  expect(compression.begin(without)).toBe('')
  expect(compression.begin({} as pg.PoolClient)).toContain('pg_settings')
})

test('a transaction has the best compression of its server, and the connection of an app keeps its own', async () => {
  await using fresh = await emptyDatabase()
  await using pool = openPool(fresh.url, 1)
  await using database = databaseOnPool(pool, { description: 'a database' })
  const shown = async (session: Pick<Session, 'query'>) => {
    const [row] = await session.query<{ used: string; offered: string[] }>(
      `select setting as used, enumvals as offered from pg_settings where name = 'default_toast_compression'`,
    )
    return row!
  }
  await database.transaction(shown)
  const { used, offered } = await database.transaction(shown)
  expect(used).toBe(offered.includes('lz4') ? 'lz4' : 'pglz')
  const { rows } = await pool.query('show default_toast_compression')
  expect(rows).toEqual([{ default_toast_compression: 'pglz' }])
})
