import { expect, test } from 'vitest'
import type { SdkSpan } from '../../src/decode/sdk/sdk-types.ts'
import { type ExporterOptions, PostgresSpanExporter } from '../../src/exporter.ts'
import { smallRun } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { exported, patient, spansOf } from './fixture.ts'

const text = 'I am jane@example.com, in room B-1234'

function run(): SdkSpan[] {
  const [root, call] = smallRun('wf-redacted')
  return spansOf([{ ...root!, attributes: { ...root!.attributes, query: text } }, call!])
}

/** All that the tables hold of a call, exported with this option. */
async function stored(redaction: ExporterOptions['redaction']): Promise<string> {
  await using database = await freshDatabase()
  await using client = await connect(database.url)
  const exporter = new PostgresSpanExporter({ ...patient, connectionString: database.url, redaction })
  expect(await exported(exporter, run())).toEqual({ code: 0 })
  await exporter.shutdown()
  const { rows } = await client.query(
    'select (select json_agg(t) from task_executions t) as tasks, (select json_agg(e) from event_logs e) as events, (select json_agg(u) from users u) as users, (select json_agg(l) from spanledger.ledger l) as ledger',
  )
  return JSON.stringify(rows)
}

test('an exporter redacts what it is told to, before it writes', async () => {
  expect(await stored(undefined)).toContain('jane@example.com, in room B-1234')
  const fixed = await stored(true)
  expect(fixed).toContain('[email], in room B-1234')
  expect(fixed).not.toContain('I am jane@example.com')
  expect(await stored({ patterns: [], custom: { room: /B-\d{4}/ } })).toContain('jane@example.com, in room [room]')
})

test('an exporter that is told an unknown pattern names those that there are', () => {
  expect(
    () =>
      new PostgresSpanExporter({ connectionString: 'postgres://127.0.0.1:9/none', redaction: { patterns: ['mail'] } }),
  ).toThrow(/redaction: there is no pattern mail; there are .*email/)
})
