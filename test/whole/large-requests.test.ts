import { expect, test } from 'vitest'
import { brokenSums } from '../support/laws.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { sendAll } from '../support/send.ts'

test('law 1: a request that takes longer than an answer may is stored in parts, and its resend is acknowledged', async () => {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url, {
    SPANLEDGER_ANSWER_TIMEOUT_MS: '100',
    SPANLEDGER_BEGIN_WITHIN_MS: '50',
  })
  const runs = 4097
  const request = tracesRequest(Array.from({ length: runs }, (_, i) => smallRun(`wf-${i}`)).flat())
  const sent = await sendAll([request], [receiver.http])
  expect(sent).toMatchObject({ ok: 1, failed: [], rejected: 0 })
  expect(sent.retried).toBeGreaterThan(0)
  await using client = await connect(database.url)
  const { rows } = await client.query(
    'select count(*)::int as tasks, sum(total_tokens)::int as tokens from task_executions',
  )
  expect(rows).toEqual([{ tasks: runs, tokens: 15 * runs }])
  expect(await brokenSums(client)).toEqual([])
  expect(receiver.counters().unbalanced).toBe(0)
})
