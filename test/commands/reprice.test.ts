import { expect, test } from 'vitest'
import * as repriceCommand from '../../src/commands/reprice.ts'
import * as whatIfCommand from '../../src/commands/what-if.ts'
import { outcomeOf, type Settings, spawnReceiver } from '../support/command.ts'
import { brokenSums } from '../support/laws.ts'
import { printed } from '../support/look.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { databases, freshPlace } from '../support/places.ts'
import { send } from '../support/send.ts'

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

/** Nano-dollars as exact dollars. */
function usd(nano: number): string {
  return (nano / 1e9).toFixed(9)
}
