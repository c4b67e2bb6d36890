import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../../support/command.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { freshDatabase } from '../../support/postgres.ts'
import { send, sendAll } from '../../support/send.ts'

test('refused show prints protobuf as OTLP/JSON with ids in hex, and with --raw its bytes as they came', async () => {
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

test('refused show says that no id begins so, or that several do', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  await using receiver = await spawnReceiver(database.url)
  const nothing = await outcomeOf(['refused', 'show', 'abc'], settings)
  expect(nothing.output).toContain('begins with abc')
  expect(nothing.code).toBe(2)
  const bad = smallRun('wf').map((span) => ({ ...span, spanId: '' }))
  expect(
    await sendAll(
      [tracesRequest([...bad, ...smallRun('wf-2').map((span) => ({ ...span, spanId: 'xyz' }))])],
      [receiver.http],
    ),
  ).toMatchObject({ failed: [], rejected: 4 })
  const several = await outcomeOf(['refused', 'show', ''], settings)
  expect(several.output).toMatch(/^4 ids begin with/)
})
