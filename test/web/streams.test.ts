import { expect, test } from 'vitest'
import { readRunEvents } from '../../src/queries/runs/run-events.ts'
import type { EventStream } from '../../src/web/answers/streams.ts'
import { RunStream } from '../../src/web/stream/run-stream.ts'
import { spawnReceiver } from '../support/command.ts'
import { freshLedger } from '../support/fresh-ledger.ts'
import { lateRoot, manySteps } from '../support/late-root.ts'
import { newSpanId, newTraceId, type SpanSketch, tracesRequest } from '../support/otlp.ts'
import { connect, freePort, freshDatabase } from '../support/postgres.ts'
import { send } from '../support/send.ts'
import { openTestWriter } from '../support/writer.ts'
import { openStream } from './ask.ts'

const reconnects = 10

test('ten reconnects while the bridge is killed skip no event of a run and repeat none', async () => {
  await using place = await freshDatabase()
  await using client = await connect(place.url)
  const port = await freePort()
  const http = `http://127.0.0.1:${port}`
  const settings = { SPANLEDGER_HTTP_LISTEN: `127.0.0.1:${port}` }
  const traceId = newTraceId()
  const root = newSpanId()
  const startMs = Date.now() - 60_000
  const step = (n: number): SpanSketch => ({
    ...{
      traceId,
      spanId: newSpanId(),
      parentSpanId: root,
      name: 'search',
      startMs: startMs + n,
      endMs: startMs + n + 1,
    },
    attributes: { 'step.type': 'tool', tool_name: 'search', tool_args: `{"n": ${n}}`, workflow_id: 'wf' },
  })
  const seen: string[] = []
  let sent = 0
  for (let i = 0; i < reconnects; i++) {
    const receiver = await spawnReceiver(place.url, settings)
    await send(tracesRequest([step(sent++)]), http)
    const stream = await openStream(http, '/api/workflows/wf/events', { 'last-event-id': seen.at(-1) ?? '0' })
    const reading = (async () => {
      for await (const { event, id } of stream.messages()) if (event === 'event') seen.push(id!)
    })()
    for (let n = 0; n < 5; n++) await send(tracesRequest([step(sent++)]), http)
    receiver.process.kill('SIGKILL')
    await receiver.exited
    // what was committed and not streamed before the end is there after the next start
    await reading
  }
  await using last = await spawnReceiver(place.url, settings)
  const end = { traceId, spanId: root, name: 'run', startMs: startMs - 1, endMs: startMs + 59_000 }
  await send(tracesRequest([{ ...end, attributes: { workflow_id: 'wf' } }]), http)
  const stream = await openStream(http, '/api/workflows/wf/events', { 'last-event-id': seen.at(-1) ?? '0' })
  for await (const { event, id } of stream.messages()) {
    if (event === 'event') seen.push(id!)
    if (event === 'end') break
  }
  stream.close()
  const { rows } = await client.query(
    "select seq::text as seq from event_logs where workflow_id = 'wf' order by event_logs.seq",
  )
  expect(rows.length).toBeGreaterThan(2 * sent)
  expect(seen).toEqual(rows.map(({ seq }) => seq))
  expect(last.http).toBe(http)
})

type Told = readonly [name: string, data: never]

test('rows that move to another run are told with their place, and what is withdrawn with its numbers', async () => {
  await using ledger = await freshLedger()
  const { database } = ledger
  const write = openTestWriter(database)
  await write(manySteps)
  const workflow = manySteps[0]!.trace
  const told: Told[] = []
  const stream = new RunStream({
    ...{ database, workflow, after: '0' },
    send: async (name, data) => void told.push([name, data as never]),
  })
  await stream.look()
  const before = (await readRunEvents(database, { workflow, after: '0', limit: 1_000 })).events
  const of = <Name extends keyof EventStream>(name: Name) =>
    told.filter(([event]) => event === name).map(([, data]) => data as EventStream[Name])
  expect(of('event')).toEqual(before)
  // a reader who has seen part of it gets the rest, and no more
  const rest: Told[] = []
  await new RunStream({
    ...{ database, workflow, after: before[9]!.seq },
    send: async (name, data) => void rest.push([name, data as never]),
  }).look()
  expect(rest.filter(([name]) => name === 'event').map(([, data]) => data)).toEqual(before.slice(10))

  await write([lateRoot])
  expect(await stream.look()).toBe(false)
  expect(of('withdrawn')).toEqual([{ seqs: [['1', before.at(-1)!.seq]] }])
  const places = new Map(of('moved').map((one) => [one.id, one]))
  const own = before.filter(({ type }) => !type.startsWith('task.'))
  for (const { id, seq } of own) expect(places.get(id)).toMatchObject({ from_seq: seq, workflow_id: 'wf' })
  const moved: Told[] = []
  const after = new RunStream({
    ...{ database, workflow: 'wf', after: '0' },
    send: async (name, data) => void moved.push([name, data as never]),
  })
  await after.look()
  const ids = moved.filter(([name]) => name === 'event').map(([, data]) => (data as { id: string }).id)
  expect(ids).toEqual(expect.arrayContaining(own.map(({ id }) => id)))
})
