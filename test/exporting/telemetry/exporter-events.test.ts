import { expect, test } from 'vitest'
import { PostgresSpanExporter } from '../../../src/exporter.ts'
import { createExporterEvents } from '../../../src/exporting/telemetry/exporter-events.ts'
import { smallRun } from '../../support/otlp.ts'
import { freePort } from '../../support/postgres.ts'
import { exported, listenToDiag, spansOf, until } from '../fixture.ts'

test('E21: an absence of the database is logged once, without password and prompt', async () => {
  using diag = listenToDiag()
  const url = `postgres://somebody:s3cret-word@127.0.0.1:${await freePort()}/none`
  const exporter = new PostgresSpanExporter({ connectionString: url, timeoutMillis: 200 })
  const [root, call] = smallRun('secret-run')
  const spans = spansOf([{ ...root!, attributes: { ...root!.attributes, query: 'a private question' } }, call!])
  const absences = () => diag.lines.filter((line) => line.includes('the database is away'))
  await until('it is logged', async () => (await exported(exporter, spans)).code === 1 && absences().length > 0)
  for (let i = 0; i < 5; i++) expect((await exported(exporter, spans)).code).toBe(1)
  await exporter.shutdown()
  expect(absences()).toHaveLength(1)
  expect(diag.lines.join('\n')).not.toMatch(/s3cret-word|a private question/)
})

test('E21: a line is logged at most every ten seconds, with how often it occurred', () => {
  let now = 0
  const lines: string[] = []
  const write = (text: string) => void lines.push(text)
  const events = createExporterEvents(
    'spanledger',
    { error: write, warn: write, info: write, debug: write, verbose: write },
    () => now,
  )
  for (let i = 0; i < 100; i++) events.warning('something is odd')
  now = 11_000
  events.warning('something is odd')
  expect(lines).toEqual(['something is odd', 'something is odd (100 times)'])
})
