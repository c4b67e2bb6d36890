import { expect, test } from 'vitest'
import { freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { fuzz } from './fuzz.ts'

// Hypothesis: whatever comes is answered, never with 500, and nothing throws what no room throws on purpose.
// `npm run fuzz` goes on for longer, and measures how long the event loop stands still.
test('mutated requests through a socket are answered with success, with what is wrong, or to be sent again', async () => {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  const { sent, statuses, findings } = await fuzz(receiver, 20261129, 3_000)
  expect(findings).toEqual([])
  expect(receiver.log.filter((line) => /"msg":"unexpected|does not add up/.test(line))).toEqual([])
  expect(sent).toBeGreaterThan(10)
  for (const answer of ['200', '400', 'OK', 'INVALID_ARGUMENT']) expect(statuses.get(answer)).toBeGreaterThan(0)
})
