import { expect, test } from 'vitest'
import { spawnReceiver } from '../support/command.ts'
import { newTraceId, type SpanSketch, smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { send, sendAll } from '../support/send.ts'

test('refused spans are bounded in number, and old ones are dropped', async () => {
  await using database = await freshDatabase()
  await using client = await connect(database.url)
  const bad = (name: string) => ({ ...(smallRun('wf')[0] as SpanSketch), traceId: newTraceId(), spanId: 'none', name })
  {
    await using receiver = await spawnReceiver(database.url)
    await sendAll([tracesRequest([bad('one'), bad('two'), bad('three')])], [receiver.http])
    await client.query("update spanledger.refused_spans set last_at = now() - interval '31 days' where name = 'one'")
    await client.query("update spanledger.refused_spans set last_at = now() - interval '1 day' where name = 'two'")
  }
  await using receiver = await spawnReceiver(database.url, { SPANLEDGER_REFUSED_SPANS: '2' })
  await sendAll([tracesRequest([bad('four')])], [receiver.http])
  const { rows } = await client.query('select name from spanledger.refused_spans order by last_at')
  expect(rows).toEqual([{ name: 'three' }, { name: 'four' }])
})

test('ids with a NUL, and more bytes than are kept, keep no request from its answer', async () => {
  await using database = await freshDatabase()
  await using client = await connect(database.url)
  await using receiver = await spawnReceiver(database.url)
  const [good] = smallRun('wf') as [SpanSketch]
  const nul = tracesRequest([{ ...good, spanId: 'a\u0000b', traceId: '\u0000', name: 'nul\u0000' }])
  const large = Array.from({ length: 20 }, (_, i) => ({ ...good, spanId: `none${i}` }))
  // each would be stored with its resource of a mebibyte
  const answers = [nul, tracesRequest(large, 'x'.repeat(2 ** 20))].map((request) => send(request, receiver.http))
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200])
  const { rows } = await client.query(
    'select length(body) > 0 as kept, count(*)::int from spanledger.refused_spans group by 1 order by 1',
  )
  expect(rows).toEqual([
    { kept: false, count: 5 },
    { kept: true, count: 16 },
  ])
})
