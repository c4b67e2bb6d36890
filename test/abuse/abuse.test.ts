import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { catalogue, longestAnswerMs } from './catalogue.ts'
import { asVictim, startWatched, type WatchedReceiver } from './watched.ts'

// `npm run abuse` goes on for longer, and prints figures
describe.skipIf(process.platform !== 'linux').each(Object.entries(catalogue))('are bounded: %s', (_, abuses) => {
  let database: TestDatabase
  let receiver: WatchedReceiver
  beforeAll(async () => {
    database = await freshDatabase()
    receiver = await startWatched(database.url, inject('program'))
  })
  afterAll(async () => {
    await receiver[Symbol.asyncDispose]()
    await database[Symbol.asyncDispose]()
  })
  test.each(abuses.filter(({ isLong }) => !isLong))('$name', async ({ run, mostMb = 300 }) => {
    await receiver.forgetMost()
    const { broken, answerMs = 0 } = await run(asVictim(receiver, database.url, { forMs: 1_500, isShort: true }))
    expect(broken).toEqual([])
    // on a busy machine the receiver waits for a processor, too
    expect(answerMs).toBeLessThan(longestAnswerMs + receiver.waitedMs())
    expect(receiver.mostMb()).toBeLessThan(mostMb)
  })
})
