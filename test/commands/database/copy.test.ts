import { expect, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../../support/command.ts'
import { everyRow } from '../../support/every-row.ts'
import { brokenSums } from '../../support/laws.ts'
import { dumpLedger } from '../../support/ledger.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { freshPlace } from '../../support/places.ts'
import { connect, emptyDatabase } from '../../support/postgres.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { recordingNames, requestsOf } from '../../support/recordings.ts'
import { send, sendAll } from '../../support/send.ts'

const requests = recordingNames('hand-').flatMap(requestsOf)
test('copy takes the embedded database to PostgreSQL, where it goes on', async () => {
  await using embedded = await freshPlace('the embedded database')
  await using postgres = await emptyDatabase()
  const settings = { ...embedded.settings, DATABASE_URL: postgres.url }
  {
    await using receiver = await openTestReceiver(embedded.url, embedded.settings)
    expect(await sendAll(requests, [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
    // a value of every awkward kind: what is refused has bytes, and this run's texts are quoted in every way
    const awkward = `"{}'\\\\,(\\n\\té\u{1f600}null`
    const run = smallRun('wf-awkward').map((span) => ({ ...span, attributes: { ...span.attributes, query: awkward } }))
    await send(tracesRequest([...run, { ...run[0]!, traceId: '00', name: 'refused' }]), receiver.http)
    const served = await outcomeOf(['copy'], settings)
    expect(served.output).toContain(`process ${process.pid} has it since`)
    expect(served.code).toBe(2)
  }
  const { code, output } = await outcomeOf(['copy'], settings)
  expect(output).toMatch(/^spanledger\.refused_spans +1$/m)
  expect(code, output).toBe(0)
  await using client = await connect(postgres.url)
  {
    await using source = await embedded.connect()
    expect(await everyRow(client)).toEqual(await everyRow(source))
  }

  const again = await outcomeOf(['copy'], settings)
  expect(again.output).toContain('has rows already, in users')
  expect(again.code).toBe(2)

  const before = await dumpLedger(client)
  await using receiver = await spawnReceiver(postgres.url)
  expect(await sendAll(requests, [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
  expect(await dumpLedger(client)).toBe(before)
  expect((await send(tracesRequest(smallRun('wf-awkward')), receiver.http)).status).toBe(200)
  const { rows } = await client.query("select total_tokens from task_executions where workflow_id = 'wf-awkward'")
  expect(rows).toEqual([{ total_tokens: 30 }])
  expect(await brokenSums(client)).toEqual([])
})

test('copy without a PostgreSQL says what is missing', async () => {
  const { code, output } = await outcomeOf(['copy'], {})
  expect(output).toBe('DATABASE_URL (or --database-url) must name the PostgreSQL that is copied to.\n')
  expect(code).toBe(2)
})
