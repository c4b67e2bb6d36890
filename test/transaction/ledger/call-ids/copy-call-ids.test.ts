import { expect, test } from 'vitest'
import { Unavailable } from '../../../../src/errors.ts'
import type { Database } from '../../../../src/store/database.ts'
import { copyCallIds } from '../../../../src/transaction/ledger/call-ids/copy-call-ids.ts'
import { freshLedger } from '../../../support/fresh-ledger.ts'

const trace = '0'.repeat(32)
/** The id `0` has no trace, which the database refuses. */
const id = (digit: string) => ({ key: digit.repeat(32), trace: digit === '0' ? (null as never) : trace })

/** Copies ids in a transaction that ends when `until` does. Rejects where the transaction is rolled back. */
function copied(database: Database, digits: string, until?: Promise<unknown>): Promise<void> {
  return database.transaction(async (session) => {
    if (!(await copyCallIds(session, [...digits].map(id)))) throw new Unavailable('an id was there')
    await until
  })
}

test('ids are added whole or not at all, and one that is there is told from other errors', async () => {
  await using ledger = await freshLedger()
  await copied(ledger.database, 'b')
  await expect(copied(ledger.database, 'cba')).rejects.toThrow('an id was there')
  const { rows } = await ledger.client.query('select left(key::text, 1) as digit from spanledger.call_ids')
  expect(rows).toEqual([{ digit: 'b' }])
  await expect(copied(ledger.database, 'a0')).rejects.toThrow('null value')
})

test('transactions that add the same ids in other orders wait for each other, and one of them succeeds', async () => {
  await using ledger = await freshLedger()
  const all = await Promise.allSettled(
    ['abcd', 'dcba', 'bdac', 'cadb'].map((digits) => copied(ledger.database, digits)),
  )
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  const reasons = all.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []))
  expect(new Set(reasons)).toEqual(new Set(['an id was there']))
})
