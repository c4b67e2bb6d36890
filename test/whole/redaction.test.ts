import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outcomeOf } from '../support/command.ts'
import { everythingIn } from '../support/everything.ts'
import { dumpLedger } from '../support/ledger.ts'
import { scrape, sumOf } from '../support/metrics.ts'
import { newSpanId, smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { type OtlpRequest, recordingNames, requestsOf } from '../support/recordings.ts'
import { secrets } from '../support/secrets.ts'
import { sendAll } from '../support/send.ts'

/** Columns of texts: the same in both, but for what is redacted. */
const textColumns = ['query', 'result', 'input', 'output', 'input_params', 'message', 'payload', 'error']

const planted = Object.values(secrets).flatMap((kind) => fc.sample(kind, { numRuns: 2, seed: 5 }))
const all = planted.join(' and ')

/** A run whose texts are full of secrets: a question, an answer, a tool's arguments and output, an error, names. */
function telling(): OtlpRequest {
  const [root, call] = smallRun('wf-secrets', 1_790_000_000_000)
  const below = { traceId: root!.traceId, parentSpanId: root!.spanId, startMs: root!.startMs, endMs: root!.endMs }
  const messages = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: `\n${all}` }] }])
  const attributes = {
    ...root!.attributes,
    query: all,
    final_answer: `${all}, he said hunter2-hunter2`,
    'note.password': 'hunter2-hunter2',
  }
  return tracesRequest([
    { ...root!, attributes },
    {
      ...call!,
      attributes: { ...call!.attributes, 'gen_ai.input.messages': messages, note: JSON.stringify(messages) },
    },
    {
      ...below,
      spanId: newSpanId(),
      name: `search ${planted[0]}`,
      attributes: { 'step.type': 'tool', tool_name: 'search', tool_args: JSON.stringify({ q: all }), tool_result: all },
      error: all,
    },
    // a span that is refused, with all that is in it
    { ...below, traceId: '00', spanId: newSpanId(), name: `refused ${all}`, attributes: { prompt: all } },
  ])
}

async function stored(requests: readonly OtlpRequest[], redaction: string) {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url, { SPANLEDGER_REDACTION: redaction })
  await using client = await connect(database.url)
  expect(await sendAll(requests, [receiver.http])).toMatchObject({ failed: [] })
  const { samples } = await scrape(receiver.http)
  return {
    rows: await dumpLedger(client, textColumns),
    everything: await everythingIn(client),
    log: receiver.log.join(''),
    replaced: sumOf(samples, 'spanledger_redactions_total'),
    failed: sumOf(samples, 'spanledger_redaction_failures_total'),
  }
}

const rules = JSON.stringify({ custom: { staff: 'EMP-[0-9]{6}' }, blocked_keys: ['*password*'] })

test('no secret is in any column of any table, and there are the same rows with the same sums', async () => {
  const requests = [telling(), ...recordingNames('hand-v2', 'py-adk').flatMap(requestsOf)]
  const [plain, redacted] = [await stored(requests, 'off'), await stored(requests, rules)]
  const found = (text: string) =>
    [...planted, 'hunter2'].filter((secret) =>
      text.includes(JSON.stringify(secret.replace(/^Bearer /, '')).slice(1, -1)),
    )
  expect(found(plain.everything).length).toBe(planted.length + 1)
  expect(found(redacted.everything)).toEqual([])
  expect(found(redacted.log)).toEqual([])
  // the name of the tool's span is a text here, which the rows show
  expect(redacted.rows.replaceAll(/\[\w+:[0-9a-f]{4}\]/g, '[]')).toBe(
    planted.reduce((rows, secret) => rows.replaceAll(secret, '[]'), plain.rows),
  )
  expect(redacted.replaced).toBeGreaterThan(planted.length)
  expect(redacted.failed).toBe(0)
})

test('a pattern that RE2 does not know stops the start', async () => {
  const { code, output } = await outcomeOf(['config'], {
    SPANLEDGER_REDACTION: JSON.stringify({ custom: { twice: '(a)\\1' } }),
  })
  expect(code).not.toBe(0)
  expect(output).toMatch(/SPANLEDGER_REDACTION.*Allowed: off; on, for all fixed patterns/s)
})
