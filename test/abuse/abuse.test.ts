import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../support/postgres.ts'
import { catalogue, longestAnswerMs } from './catalogue.ts'
import { asVictim, startWatched } from './watched.ts'

// `npm run abuse` goes on for longer, and prints figures
describe.skipIf(process.platform !== 'linux').each(Object.entries(catalogue))('are bounded: %s', (_, abuses) => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await freshDatabase()
  })
  afterAll(() => database[Symbol.asyncDispose]())
  // a receiver each, whose memory no other abuse has filled
  test.each(abuses.filter(({ isLong }) => !isLong))('$name', async ({ run, mostMb = 300, mostWorkMs = Infinity }) => {
    await using receiver = await startWatched(database.url, inject('program'))
    await receiver.forgetMost()
    const { broken, answerMs = 0 } = await run(asVictim(receiver, database.url, { forMs: 1_500, isShort: true }))
    expect(broken).toEqual([])
    // on a busy machine the receiver waits for a processor, too
    expect(answerMs).toBeLessThan(longestAnswerMs + receiver.waitedMs())
    expect(receiver.mostMb()).toBeLessThan(mostMb)
    expect(receiver.longestWorkMs()).toBeLessThan(mostWorkMs)
  })
})
