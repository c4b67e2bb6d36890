import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as repriceCommand from '../../../src/commands/ledger/reprice.ts'
import * as whatIfCommand from '../../../src/commands/ledger/what-if.ts'
import { outcomeOf, type Settings, spawnReceiver } from '../../support/command.ts'
import { brokenSums } from '../../support/laws.ts'
import { expectGolden, printed } from '../../support/look.ts'
import { smallRun, tracesRequest } from '../../support/otlp.ts'
import { databases, freshPlace } from '../../support/places.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { requestsOf } from '../../support/recordings.ts'
import { send, sendAll } from '../../support/send.ts'
import { hasTmux, openRealTerminal } from '../../support/tmux.ts'

const noonMs = Date.UTC(2026, 0, 15, 12)

test.each(databases)(
  'reprice and what-if on %s while a receiver has it: other prices for old calls, and what might have been',
  async (name) => {
    await using place = await freshPlace(name)
    const settings = { DATABASE_URL: place.url, ...place.settings }
    await using receiver = await spawnReceiver(place.url, place.settings)
    await using client = await place.connect()
    const later = smallRun('wf-2', noonMs)
    await send(tracesRequest([...smallRun('wf-1', noonMs), ...later.slice(1)]), receiver.http)
    const [stored] = (await client.query<{ cost: string }>('select sum(cost_nano_usd)::text as cost from token_usage'))
      .rows
    const listed = Number(stored!.cost)
    const since = ['2026-01-01']
    const whatIf = (options: Record<string, string[]>) =>
      printed(whatIfCommand, { options: { since, json: [], ...options }, settings })
    const reprice = (options: Record<string, string[]>, switches: string[] = [], own: Settings = {}) =>
      printed(repriceCommand, { options: { since, ...options }, switches, settings: { ...settings, ...own } })

    expect(JSON.parse((await whatIf({ tier: ['batch'] })).output)).toMatchObject([
      { model: 'gpt-4o-mini', calls: 2, cost_usd: usd(listed), what_if_cost_usd: usd(listed / 2) },
    ])
    const [other] = JSON.parse((await whatIf({ model: ['gpt-4o-mini=gpt-4o'] })).output)
    expect(other).toMatchObject({ model: 'gpt-4o-mini', instead: 'gpt-4o', unpriced_calls: 0 })
    expect(Number(other.difference_usd)).toBeGreaterThan(0)
    await expect(whatIf({})).rejects.toThrow('--no-cache')

    const nothing = { code: 0, output: '', errors: 'Every call has the present price already.\n' }
    expect(await reprice({})).toEqual(nothing)
    // 10 + 5 tokens in each of two calls
    const prices = { SPANLEDGER_PRICES: '{"gpt-4o-mini": {"input": 10, "output": 100}}' }
    expect(await reprice({}, ['dry-run'], prices)).toEqual({
      code: 0,
      output: `2026-01-15\tgpt-4o-mini\t2\t0\t${usd(listed)}\t0.001200000\t${usd(1_200_000 - listed)}\n`,
      errors: 'Nothing is changed.\n',
    })
    expect(await reprice({ since: ['2026-01-16'] }, [], prices)).toEqual(nothing)
    const done = await outcomeOf(['reprice', '--since', '2026-01-01', '--model', 'gpt-4o-mini', 'o3'], {
      ...settings,
      ...prices,
    })
    expect(done.output).toContain(`2 calls of 2 runs have the present prices: $${usd(listed)} before, $0.001200000 now`)
    const sums = await client.query<object>(
      'select sum(total_cost_nano_usd)::text as runs, (select sum(total_cost_usd)::text from usage_daily_aggregates) as days from task_executions',
    )
    expect(sums.rows).toEqual([{ runs: '1200000', days: '0.001200' }])
    expect(await brokenSums(client)).toEqual([])
    // the receiver, which has the run in memory, keeps the new price
    await send(tracesRequest(later), receiver.http)
    expect(await brokenSums(client)).toEqual([])
    expect(await reprice({}, [], prices)).toEqual(nothing)
  },
)

test('what-if says how many calls it leaves out, since their cost is stated', async () => {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await sendAll(requestsOf('claude-code-http'), [receiver.http])
  const { output, errors } = await printed(whatIfCommand, {
    options: { since: ['2026-01-01'], until: ['2026-12-31'], tier: ['batch'] },
    settings: { DATABASE_URL: database.url },
  })
  expect(output).toBe('')
  expect(errors).toContain('Left out: 3 calls whose cost the sender states, which no price makes.\n')
})

describe('on a ledger of a plain call and one with a cache', () => {
  let database: TestDatabase
  const since = ['2026-01-01']
  const prices = '{"gpt-4o-mini": {"input": 10, "output": 100}}'
  const settings = () => ({ DATABASE_URL: database.url })
  const repriced = () => ({ ...settings(), SPANLEDGER_PRICES: prices })
  const whatIf = (options: Record<string, string[]>, switches: string[] = [], width: number | null = null) =>
    printed(whatIfCommand, { options: { since, ...options }, switches, settings: settings(), width })

  beforeAll(async () => {
    database = await freshDatabase()
    await using receiver = await openTestReceiver(database.url)
    await send(tracesRequest([...smallRun('wf-1', noonMs), ...cachedRun()]), receiver.http)
  })

  afterAll(() => database[Symbol.asyncDispose]())

  // 500 new, 4000 read and 500 written tokens, and 100 in the answer: $3, $0.30, $3.75 and $15 a million
  test.each([
    ['--no-cache has all input at its full price', {}, ['no-cache'], [6_075_000, 16_500_000], [4_500, 4_500]],
    ['--tier batch costs half', { tier: ['batch'] }, [], [6_075_000, 3_037_500], [4_500, 2_250]],
    ['both together', { tier: ['batch'] }, ['no-cache'], [6_075_000, 8_250_000], [4_500, 2_250]],
  ])('what-if %s', async (_, options, switches, cached, plain) => {
    const { output } = await whatIf({ ...options, json: ['model,cost_usd,what_if_cost_usd'] }, switches)
    const line = (model: string, [cost, supposed]: readonly number[]) => ({
      model,
      cost_usd: usd(cost!),
      what_if_cost_usd: usd(supposed!),
    })
    expect(JSON.parse(output)).toEqual([line('claude-sonnet-4-5', cached), line('gpt-4o-mini', plain)])
  })

  test.each([80, 120, 200, null])(
    'both fit a terminal of %s columns; null: a pipe gets all, exactly',
    async (width) => {
      const supposed = await whatIf({ model: ['gpt-4o-mini=gpt-4o'], tier: ['batch'] }, ['no-cache'], width)
      expectGolden(`what-if-${width ?? 'pipe'}`, supposed.output)
      const changed = await printed(repriceCommand, {
        ...{ options: { since }, switches: ['dry-run'], settings: repriced(), width },
      })
      expectGolden(`reprice-${width ?? 'pipe'}`, changed.output)
    },
  )

  test.skipIf(!hasTmux)('reprice asks on a terminal: only a yes changes prices', async () => {
    const answered = async (key: string) => {
      await using terminal = await openRealTerminal('reprice --since 2026-01-01', repriced(), { width: 100 })
      expect(await terminal.shows('Write these prices? [y/N]')).toContainEqual(
        expect.stringMatching(/^2026-01-15 +gpt-4o-mini +1 /),
      )
      await terminal.press(key, 'Enter')
      return (await terminal.shows('ended with')).slice(-2)
    }
    expect(await answered('n')).toEqual(['Nothing is changed.', 'ended with 3'])
    expect(await answered('y')).toEqual([
      `1 calls of 1 runs have the present prices: $${usd(4_500)} before, $0.000600000 now`,
      'ended with 0',
    ])
  })
})

/** A run with a call of 5000 tokens, of which 4000 were read from a cache and 500 written to it, and 100 in the answer. */
function cachedRun() {
  const [root, call] = smallRun('wf-cached', noonMs)
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'anthropic',
    'gen_ai.request.model': 'claude-sonnet-4-5',
    'gen_ai.response.model': 'claude-sonnet-4-5',
    'gen_ai.usage.input_tokens': 5000,
    'gen_ai.usage.cache_read.input_tokens': 4000,
    'gen_ai.usage.cache_creation.input_tokens': 500,
    'gen_ai.usage.output_tokens': 100,
  }
  return [root!, { ...call!, attributes }]
}

/** Nano-dollars as exact dollars. */
function usd(nano: number): string {
  return (nano / 1e9).toFixed(9)
}
