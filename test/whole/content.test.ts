import type pg from 'pg'
import { expect, test } from 'vitest'
import { outcomeOf } from '../support/command.ts'
import { everythingIn } from '../support/everything.ts'
import { dumpLedger } from '../support/ledger.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { type OtlpRequest, recordingNames, requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'

const textColumns = ['query', 'result', 'input', 'output', 'input_params', 'message', 'payload']

/** What a database holds after these requests: the rows without their texts, some of these, and all of it as text. */
async function stored(requests: readonly OtlpRequest[], content: string) {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url, { SPANLEDGER_CONTENT: content })
  await using client = await connect(database.url)
  expect(await sendAll(requests, [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
  return {
    rows: await dumpLedger(client, textColumns),
    texts: await textsIn(client),
    everything: await everythingIn(client),
  }
}

async function textsIn(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ text: string | null }>(`
    select query as text from task_executions union all select result from task_executions
    union all select output from tool_executions union all select input from agent_executions
    union all select output from agent_executions`)
  return rows.flatMap(({ text }) => text ?? [])
}

test('what is counted, and which rows there are, does not hang on the policy', async () => {
  const requests = recordingNames('hand-', 'oaiofficial').flatMap(requestsOf)
  const [all, some, none] = [
    await stored(requests, 'all'),
    await stored(requests, '64'),
    await stored(requests, 'none'),
  ]
  expect(all.rows.length).toBeGreaterThan(10_000)
  expect(some.rows).toBe(all.rows)
  expect(none.rows).toBe(all.rows)

  const inside = (text: string) => JSON.stringify(text).slice(1, -1)
  const long = all.texts.filter((text) => text.length > 64)
  expect(long.length).toBeGreaterThan(0)
  for (const text of long) {
    expect(some.everything).not.toContain(inside(text))
    expect(some.texts).toContain(`${text.slice(0, 63)}…`)
  }
  const telling = all.texts.filter((text) => text.length > 10)
  expect(telling.length).toBeGreaterThan(10)
  expect(new Set(none.texts)).toEqual(new Set(['']))
  for (const text of telling) {
    expect(all.everything).toContain(inside(text))
    expect(none.everything).not.toContain(inside(text))
  }
})

const secret = 'the launch code is 0451'
const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const structure = (key: string, inner: string) => ({
  key,
  value: { arrayValue: { values: [{ kvlistValue: { values: [text('role', 'user'), text(inner, secret)] } }] } },
})
const traceId = '0af7651916cd43dd8448eb211c80319c'
const time = { startTimeUnixNano: '1790000000000000000', endTimeUnixNano: '1790000001000000000' }
const messages = JSON.stringify([
  { role: 'user', parts: [{ type: 'text', content: secret }] },
  { role: 'assistant', parts: [{ type: 'tool_call', id: 'c2', name: 'look', arguments: { where: secret } }] },
  { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c2', response: secret }] },
])

/** Content wherever clients put it, and where nobody expects it. */
const attributes = [
  text('gen_ai.input.messages', messages),
  text(
    'gen_ai.output.messages',
    JSON.stringify([{ role: 'assistant', parts: [{ type: 'reasoning', content: secret }] }]),
  ),
  text('gen_ai.prompt.0.content', secret),
  structure('gen_ai.system_instructions', 'content'),
  text('query', secret),
  text('final_answer', secret),
  text('our.own.prompt', secret),
]

function span(spanId: string, operation: string, more: readonly object[], events: readonly object[] = []): object {
  const own = [text('gen_ai.operation.name', operation), text('gen_ai.request.model', 'gpt-4o'), ...more]
  return { traceId, spanId, name: operation, ...time, attributes: own, events }
}

function request(signal: 'traces' | 'logs', items: readonly object[]): OtlpRequest {
  const scoped = [{ scope: { name: 'test' }, [signal === 'traces' ? 'spans' : 'logRecords']: items }]
  const body =
    signal === 'traces' ? { resourceSpans: [{ scopeSpans: scoped }] } : { resourceLogs: [{ scopeLogs: scoped }] }
  return { signal, format: 'json', body: Buffer.from(JSON.stringify(body)) }
}

const spans = request('traces', [
  span('00000000000000a1', 'invoke_agent', attributes),
  span('00000000000000a2', 'chat', attributes, [
    { name: 'gen_ai.content.prompt', timeUnixNano: time.endTimeUnixNano, attributes: [text('gen_ai.prompt', secret)] },
    { name: 'note', timeUnixNano: time.endTimeUnixNano, attributes: [text('message', secret)] },
  ]),
  span('00000000000000a3', 'execute_tool', [
    text('gen_ai.tool.name', 'search'),
    text('gen_ai.tool.call.arguments', JSON.stringify({ where: secret })),
    structure('gen_ai.tool.call.result', 'text'),
  ]),
])
/** A tool's span without the id under which the messages above know it: its arguments say which call it is. */
const nameless = request('traces', [
  span('00000000000000a4', 'execute_tool', [
    text('gen_ai.tool.name', 'look'),
    text('gen_ai.tool.call.arguments', JSON.stringify({ where: secret })),
  ]),
])
const records = request('logs', [
  { traceId, timeUnixNano: time.endTimeUnixNano, eventName: 'a', body: { stringValue: secret } },
  { traceId, timeUnixNano: time.endTimeUnixNano, eventName: 'b', body: structure('', 'content').value },
  {
    traceId,
    timeUnixNano: time.endTimeUnixNano,
    eventName: 'gen_ai.user.message',
    attributes: [text('content', secret)],
  },
])

test('with none, no text of a conversation is anywhere, whatever key it came under', async () => {
  const [all, none] = [
    await stored([spans, nameless, records], 'all'),
    await stored([spans, nameless, records], 'none'),
  ]
  expect(all.everything.split(secret).length).toBeGreaterThan(20)
  expect(none.everything).not.toContain('0451')
  expect(none.everything).toContain('search')
  expect(none.everything).toContain('gpt-4o')
  expect(none.rows).toBe(all.rows)
})

test('refused spans are kept without their bytes then, and say so', async () => {
  await using database = await freshDatabase()
  await using client = await connect(database.url)
  await using receiver = await openTestReceiver(database.url, { SPANLEDGER_CONTENT: 'none' })
  const bad = request('traces', [span('none', 'chat', attributes), span('nothing', 'chat', attributes)])
  expect(await sendAll([bad, bad], [receiver.http])).toMatchObject({ failed: [], rejected: 4 })
  expect(await everythingIn(client)).not.toContain('0451')
  const { rows } = await client.query('select times, reason from spanledger.refused_spans')
  expect(rows).toEqual(Array(2).fill({ times: 2, reason: 'invalid-span-id' }))
  const { code, output } = await outcomeOf(['refused', 'retry'], { DATABASE_URL: database.url })
  expect(output).toMatch(/chat: It was kept without its bytes\.\n0 of 2 were taken/)
  expect(code).toBe(3)
})
