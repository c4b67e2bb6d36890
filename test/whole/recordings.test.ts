import { expect, test } from 'vitest'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'
import { verifyRecordings } from '../support/verify.ts'

test.each(recordingNames())('%s, as it was recorded, gives the rows that it must', async (name) => {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  expect(await sendAll(requestsOf(name), [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
  expect(await verifyRecordings(client, [name])).toEqual([])
})
