import { expect, test } from 'vitest'
import { extendIdleLimit } from '../../../src/transaction/ledger/idle-limit.ts'
import { freshLedger } from '../../support/fresh-ledger.ts'

/** The limit of a transaction after it was extended for traces of so many spans. */
async function limitFor(spans: number): Promise<string> {
  await using ledger = await freshLedger()
  const [row] = await ledger.database.transaction(async (session) => {
    await extendIdleLimit(session, spans)
    return session.query<{ limit: string }>("select current_setting('idle_in_transaction_session_timeout') as limit")
  })
  return row!.limit
}

test('the server waits as usual for short traces, and longer the more spans a transaction settles', async () => {
  expect(await limitFor(2_500)).toBe('10s')
  expect(await limitFor(300_000)).toBe('20min')
})
