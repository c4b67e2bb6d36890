import { expect, test } from 'vitest'
import { mapSpan } from '../../src/map/span.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { options, spanWith } from '../map/make.ts'
import { freshDatabase } from '../support/postgres.ts'
import { openTestWriter } from '../support/writer.ts'

test('E43: while a batch of 512 spans is settled, an app has its turn in between', async () => {
  await using fresh = await freshDatabase()
  await using database = openPostgres({ url: fresh.url, connections: 1, connectTimeoutMs: 60_000, description: 'test' })
  await migrate(database)
  let pauses = 0
  const write = openTestWriter(database, { pause: async () => pauses++ })
  const facts = Array.from({ length: 512 }, (_, i) => {
    const id = (i + 1).toString(16).padStart(16, '0')
    const ids = { traceId: id.repeat(2), spanId: id, parentSpanId: '' }
    return mapSpan(spanWith({ workflow_id: `wf-${i}` }, ids), options)
  })
  expect(await write(facts)).toEqual(facts.map(() => 'committed'))
  expect(pauses).toBe(8)
})
