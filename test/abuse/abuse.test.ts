import { expect, test } from 'vitest'
import { freshDatabase } from '../support/postgres.ts'
import { buildProgram } from '../support/program.ts'
import { type Answers, longest, longGzip, overload, pipelined } from './abuses.ts'
import { startWatched } from './watched.ts'

const isLinux = process.platform === 'linux'

/** Answers that senders of OTLP know: done, or to be sent again. */
function onlyKnown({ statuses }: Answers): void {
  for (const status of statuses.keys()) expect(['200', '503']).toContain(status)
}

// Hypothesis: the process has less than 300 MB whatever comes. `npm run abuse` goes on for longer, and prints figures.
test.skipIf(!isLinux)(
  'under 64 senders, long requests in gzip and JSON, and many that wait for no answer, 300 MB are enough',
  async () => {
    await using database = await freshDatabase()
    await using receiver = await startWatched(database.url, await buildProgram())
    const few = { http: receiver.http, forMs: 1_500 }
    onlyKnown(await overload(few, 64))
    onlyKnown(await longGzip(few, 20))
    expect(await pipelined({ ...few, forMs: 60_000 }, 10_000)).toBe(10_000)
    // it is answered within 4 s, whether all of it is stored by then or not
    onlyKnown(await longest({ ...few, forMs: 1 }, 'json'))
    expect(receiver.mostMb()).toBeLessThan(300)
  },
)
