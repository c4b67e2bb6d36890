import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../../support/command.ts'
import { freshTables } from '../../support/embedded.ts'
import { type SpanSketch, smallRun, tracesRequest } from '../../support/otlp.ts'
import { connect, freshDatabase } from '../../support/postgres.ts'
import { sendAll } from '../../support/send.ts'

test('refused retry takes a refused span once the reason has gone, and keeps one that is refused again', async () => {
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
  expect(await sendAll([tracesRequest([root, { ...call, attributes }])], [receiver.http])).toMatchObject({
    failed: [],
    rejected: 1,
  })
  expect(
    await sendAll([tracesRequest([{ ...root, traceId: '0'.repeat(32), name: 'without a trace' }])], [receiver.http]),
  ).toMatchObject({ failed: [], rejected: 1 })

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

test('refused list and retry work on the embedded database, through the process that serves', async () => {
  await using folder = await freshTables()
  const settings = { SPANLEDGER_DATA_DIR: folder.path }
  await using receiver = await spawnReceiver('', settings)
  const [root] = smallRun('wf') as [SpanSketch]
  expect(
    await sendAll([tracesRequest([root, { ...root, name: 'another', endMs: root.endMs - 1 }])], [receiver.http]),
  ).toMatchObject({ failed: [], rejected: 1 })
  const { output } = await outcomeOf(['refused', 'list'], settings)
  expect(output).toContain('span another')
  expect(await outcomeOf(['refused', 'retry'], settings)).toMatchObject({ code: 3 })
})
