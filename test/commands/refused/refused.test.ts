import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../../support/command.ts'
import { freshTables } from '../../support/embedded.ts'
import { newTraceId, type SpanSketch, smallRun, tracesRequest } from '../../support/otlp.ts'
import { connect, freshDatabase } from '../../support/postgres.ts'
import { rejectedIn, send } from '../../support/send.ts'

async function sendRejected(spans: readonly SpanSketch[], http: string): Promise<number> {
  const request = tracesRequest(spans)
  const answer = await send(request, http)
  expect(answer.status).toBe(200)
  return rejectedIn(request, answer.body)
}

test('what was refused can be listed, looked at, and sent again once its reason has gone', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await using receiver = await spawnReceiver(database.url)
  await using client = await connect(database.url)
  const numbers = async () => {
    const { rows } = await client.query(
      "select (select count(*)::int from token_usage where model = 'gpt-4o-mini') as calls, (select count(*)::int from spanledger.refused_spans) as refused",
    )
    return rows[0]
  }
  // as a database that was adopted may have it
  await client.query("alter table token_usage add constraint no_mini check (model <> 'gpt-4o-mini')")
  const [root, call] = smallRun('wf-refused') as [SpanSketch, SpanSketch]
  const attributes = {
    ...call.attributes,
    'gen_ai.request.model': 'gpt-4o-mini',
    'gen_ai.response.model': 'gpt-4o-mini',
  }
  expect(await sendRejected([root, { ...call, attributes }], receiver.http)).toBe(1)
  expect(await sendRejected([{ ...root, traceId: '0'.repeat(32), name: 'without a trace' }], receiver.http)).toBe(1)

  const { output: listed } = await outcomeOf(['refused', 'list'], settings)
  expect(listed).toMatch(/^id +last seen +times +what +reason$/m)
  expect(listed).toContain('no_mini')
  expect(listed).toContain('span without a trace')
  const all = JSON.parse((await outcomeOf(['refused', 'list', '--json'], settings)).output)
  expect(all).toHaveLength(2)
  const { id } = all.find(({ reason }: { reason: string }) => reason === 'refused-value')

  const { output: shown } = await outcomeOf(['refused', 'show', id.slice(0, 8)], settings)
  expect(shown).toContain('no_mini')
  expect(shown).toContain(`"spanId": "${call.spanId}"`)
  expect(shown).toContain('"stringValue": "gpt-4o-mini"')

  expect(await outcomeOf(['refused', 'retry', id], settings)).toMatchObject({ code: 3 })
  expect(await numbers()).toEqual({ calls: 0, refused: 2 })
  await client.query('alter table token_usage drop constraint no_mini')
  const { code, output } = await outcomeOf(['refused', 'retry'], settings)
  expect(output).toMatch(/without a trace: .*trace.*\n1 of 2 were taken\n$/)
  expect(code).toBe(3)
  expect(await numbers()).toEqual({ calls: 1, refused: 1 })
  const { rows } = await client.query("select total_tokens from task_executions where workflow_id = 'wf-refused'")
  expect(rows).toEqual([{ total_tokens: 15 }])
})

test('protobuf is shown as OTLP/JSON, ids in hex, and its bytes as they came', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await using receiver = await spawnReceiver(database.url)
  // ResourceSpans › ScopeSpans › Span, whose trace id has 2 bytes instead of 16
  const span = Buffer.from('0a02beef12080102030405060708', 'hex')
  const nested = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.from([number * 8 + 2, content.length]), content])
  const body = nested(1, nested(2, nested(2, span)))
  expect((await send({ signal: 'traces', format: 'protobuf', body }, receiver.http)).status).toBe(200)

  const [kept] = JSON.parse((await outcomeOf(['refused', 'list', '--json'], settings)).output)
  const shown = JSON.parse((await outcomeOf(['refused', 'show', kept.id, '--json'], settings)).output)
  const [{ scopeSpans }] = shown.content.resourceSpans
  expect(scopeSpans[0].spans[0]).toMatchObject({ traceId: 'beef', spanId: '0102030405060708' })
  expect((await outcomeOf(['refused', 'show', kept.id, '--raw'], settings)).output).toContain(
    '\u0001\u0002\u0003\u0004',
  )
})

test('an id that is not there, or is not one only, is said', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await using receiver = await spawnReceiver(database.url)
  const nothing = await outcomeOf(['refused', 'show', 'abc'], settings)
  expect(nothing.output).toContain('begins with abc')
  expect(nothing.code).toBe(2)
  const bad = smallRun('wf').map((span) => ({ ...span, spanId: '' }))
  expect(
    await sendRejected([...bad, ...smallRun('wf-2').map((span) => ({ ...span, spanId: 'xyz' }))], receiver.http),
  ).toBe(4)
  const several = await outcomeOf(['refused', 'show', ''], settings)
  expect(several.output).toMatch(/^4 ids begin with/)
})

test('on the embedded database it all goes through the process that serves', async () => {
  await using folder = await freshTables()
  const settings = { SPANLEDGER_DATA_DIR: folder.path }
  await using receiver = await spawnReceiver('', settings)
  const [root] = smallRun('wf') as [SpanSketch]
  expect(await sendRejected([root, { ...root, name: 'another', endMs: root.endMs - 1 }], receiver.http)).toBe(1)
  const { output } = await outcomeOf(['refused', 'list'], settings)
  expect(output).toContain('span another')
  expect(await outcomeOf(['refused', 'retry'], settings)).toMatchObject({ code: 3 })
})

test('it is bounded in number, and what is old is dropped', async () => {
  await using database = await freshDatabase()
  await using client = await connect(database.url)
  const bad = (name: string) => ({ ...(smallRun('wf')[0] as SpanSketch), traceId: newTraceId(), spanId: 'none', name })
  {
    await using receiver = await spawnReceiver(database.url)
    await sendRejected([bad('one'), bad('two'), bad('three')], receiver.http)
    await client.query("update spanledger.refused_spans set last_at = now() - interval '31 days' where name = 'one'")
    await client.query("update spanledger.refused_spans set last_at = now() - interval '1 day' where name = 'two'")
  }
  await using receiver = await spawnReceiver(database.url, { SPANLEDGER_REFUSED_SPANS: '2' })
  await sendRejected([bad('four')], receiver.http)
  const { rows } = await client.query('select name from spanledger.refused_spans order by last_at')
  expect(rows).toEqual([{ name: 'three' }, { name: 'four' }])
})
