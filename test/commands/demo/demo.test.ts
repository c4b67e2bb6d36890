import { describe, expect, test } from 'vitest'
import { outcomeOf, type Settings, spawnReceiver, type TestReceiver } from '../../support/command.ts'
import { freshTables } from '../../support/embedded.ts'
import { everyRowButSums } from '../../support/every-row.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { connect, freePort, freshDatabase } from '../../support/postgres.ts'
import { send } from '../../support/send.ts'

const demo = (receiver: TestReceiver, settings: Settings, flags: readonly string[] = []) =>
  outcomeOf(['demo', ...flags], { ...settings, SPANLEDGER_GRPC_LISTEN: receiver.grpc })

describe('spanledger demo', () => {
  test('on the embedded database of a receiver that runs: shows the rows, all as the workflow did', async () => {
    await using folder = await freshTables()
    const settings = { SPANLEDGER_DATA_DIR: folder.path }
    await using receiver = await spawnReceiver('', settings)
    const { code, output } = await demo(receiver, settings, ['--keep'])
    expect(output).toContain('All of it is what the workflow did')
    expect(code, output).toBe(0)
    expect(output).not.toContain('\u001b')
    expect(output).toMatch(/^tokens {4}3940 in, 302 out$/m)
    expect(output).toMatch(/^cost {6}\$0\.002171400$/m)
    expect(output).toMatch(/tool\.failed +forecaster +wind_forecast failed: the weather service did not answer/)
    const next = /^Try next: npx spanledger (.*)$/m.exec(output)![1]!
    const explained = await outcomeOf(next.split(' '), {})
    expect(explained.output).toContain('execute_tool wind_forecast')
    expect(explained.code).toBe(0)
  })

  test('takes its runs out again: every table is as it was, the sums of today too', async () => {
    await using database = await freshDatabase()
    await using receiver = await spawnReceiver(database.url)
    await using client = await connect(database.url)
    const settings = { DATABASE_URL: database.url }
    const [root, ...others] = smallRun('wf-of-ada')
    const ofAda = { ...root!, attributes: { ...root!.attributes, user_id: 'ada' } }
    expect((await send(tracesRequest([ofAda, ...others]), receiver.http)).status).toBe(200)
    const kept = await demo(receiver, settings, ['--keep'])
    expect(kept.code, kept.output).toBe(0)
    const before = await everyRowButSums(client)
    expect(before.usage_daily_aggregates).toHaveLength(2)

    for (const _ of [1, 2]) {
      const { code, output } = await demo(receiver, settings)
      expect(output).toContain('All of it is what the workflow did')
      expect(output).toContain('Its rows are taken out again, of the sums of the day too')
      expect(code, output).toBe(0)
      expect(await everyRowButSums(client)).toEqual(before)
    }
  })

  test('with --tenant writes into its tables, without a receiver, and takes the run out again', async () => {
    await using database = await freshDatabase()
    const settings = { DATABASE_URL: database.url }
    expect(await outcomeOf(['tenant', 'add', 'acme'], settings)).toMatchObject({ code: 0 })
    const kept = await outcomeOf(['demo', '--tenant', 'acme', '--keep'], settings)
    expect(kept.output).toContain('All of it is what the workflow did')
    expect(kept.code, kept.output).toBe(0)
    const next = /^Try next: npx spanledger (.*)$/m.exec(kept.output)![1]!
    expect(await outcomeOf(next.split(' '), settings)).toMatchObject({ code: 0 })
    expect(await outcomeOf(['demo', '--tenant', 'acme'], settings)).toMatchObject({ code: 0 })
    await using client = await connect(database.url)
    const { rows } = await client.query(
      'select (select count(*)::int from acme.task_executions) as acme, (select count(*)::int from task_executions) as own',
    )
    expect(rows).toEqual([{ acme: 1, own: 0 }])
  })

  test('with --keep leaves each run in the tables', async () => {
    await using database = await freshDatabase()
    await using receiver = await spawnReceiver(database.url)
    for (const _ of [1, 2])
      expect(await demo(receiver, { DATABASE_URL: database.url }, ['--keep'])).toMatchObject({ code: 0 })
    await using client = await connect(database.url)
    const { rows } = await client.query('select status, total_tokens from task_executions')
    expect(rows).toEqual(Array(2).fill({ status: 'COMPLETED', total_tokens: 4242 }))
  })

  test('fails and says what differs where the rows are not what the workflow did', async () => {
    await using database = await freshDatabase()
    const prices = JSON.stringify({ 'claude-haiku-4-5': { input: 1, output: 4 } })
    await using receiver = await spawnReceiver(database.url, { SPANLEDGER_PRICES: prices })
    const { code, output } = await demo(receiver, { DATABASE_URL: database.url })
    expect(output).toContain('token_usage, row 5: cost_nano_usd is "888000", but it was "949000"')
    expect(code).toBe(1)
    await using client = await connect(database.url)
    expect((await client.query('select from task_executions')).rows).toEqual([])
    expect(await demo(receiver, { DATABASE_URL: database.url, SPANLEDGER_PRICES: prices })).toMatchObject({ code: 0 })
  })

  test('says so where the receiver writes into another database', async () => {
    await using database = await freshDatabase()
    await using other = await freshDatabase()
    await using receiver = await spawnReceiver(database.url)
    expect(await outcomeOf(['migrate'], { DATABASE_URL: other.url })).toMatchObject({ code: 0 })
    const { code, output } = await demo(receiver, { DATABASE_URL: other.url })
    expect(output).toContain('what listens there writes into another database')
    expect(code).toBe(2)
  })

  test('says how to start a receiver where none runs', async () => {
    const { code, output } = await outcomeOf(['demo'], { SPANLEDGER_GRPC_LISTEN: `127.0.0.1:${await freePort()}` })
    expect(output).toMatch(/^nobody listens on 127\.0\.0\.1:\d+ .*`npx spanledger serve`/)
    expect(code).toBe(1)
  })
})
