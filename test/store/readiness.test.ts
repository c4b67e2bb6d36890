import { expect, test } from 'vitest'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { readiness } from '../../src/store/readiness.ts'
import { freshLedger, openTestDatabase } from '../support/fresh-ledger.ts'
import { emptyDatabase } from '../support/postgres.ts'

test('a database with its tables is ready, one that is read-only is not', async () => {
  await using ledger = await freshLedger()
  expect(await readiness(ledger.database)).toEqual({ ready: true, reason: 'rows can be committed' })
  await using readOnly = openTestDatabase(`${ledger.url}?options=-cdefault_transaction_read_only%3Don`)
  expect(await readiness(readOnly)).toEqual({ ready: false, reason: 'the database is read-only' })
})

test('a database without tables, or without a server, is not ready and says why', async () => {
  await using fresh = await emptyDatabase()
  await using empty = openTestDatabase(fresh.url)
  expect(await readiness(empty)).toEqual({ ready: false, reason: expect.stringContaining('spanledger migrate') })
  const url = 'postgres://127.0.0.1:1/none'
  await using away = openPostgres({ url, connections: 1, connectTimeoutMs: 60_000, description: 'test' })
  expect(await readiness(away)).toEqual({ ready: false, reason: expect.stringContaining('ECONNREFUSED') })
})
