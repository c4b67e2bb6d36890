import { describe, expect, test } from 'vitest'
import type { ToolRow, UsageRow } from '../../src/settle/model/rows.ts'
import { randomNumbers, shuffled, slices } from '../support/replay.ts'
import { type Arrangement, arrange, arrangements, calls } from './instrumentations/arrange.ts'
import { clients } from './instrumentations/clients.ts'
import { frameworks } from './instrumentations/frameworks.ts'
import type { Instrumentation } from './instrumentations/sketch.ts'
import { expectSums, type Played, play, snapshot } from './play.ts'

const instrumentations = [...clients, ...frameworks]
const orders = Array.from({ length: Number(process.env.SPANLEDGER_TEST_ORDERS ?? 2) }, (_, index) => index + 1)

describe.each(arrangements)('%s', (arrangement) => {
  test.each(pairsOf(arrangement))('$first.name and $second.name count once', ({ first, second }) => {
    const facts = arrange(first, second, arrangement)
    const played = play([facts])
    expectCountedOnce(played, arrangement.startsWith('record') ? [first] : [first, second], [first, second])
    const whole = snapshot(played)
    for (const seed of orders) {
      const batches = slices(shuffled(facts, randomNumbers(seed)), 1 + (seed % 4))
      expect(snapshot(play(batches, expectSums)), `seed ${seed}`).toEqual(whole)
    }
  })
})

function pairsOf(arrangement: Arrangement): { first: Instrumentation; second: Instrumentation }[] {
  const ofRecords = arrangement.startsWith('record')
  return instrumentations.flatMap((first) =>
    instrumentations
      .filter((second) => (ofRecords ? second.record !== undefined : second !== first))
      .map((second) => ({ first, second })),
  )
}

/** The instrumentations that state what a call costs, and those that don't state cached tokens. */
const statingCost: ReadonlySet<string> = new Set(['PydanticAI', 'LiteLLM'])
const withoutCached: ReadonlySet<string> = new Set([
  'OTel GenAI, Python',
  'OTel GenAI, JavaScript',
  'OpenInference, LangChain',
])

/** One row for each call and tool run, with all that any of the spans states. */
function expectCountedOnce(
  { tables }: Played,
  spans: readonly Instrumentation[],
  all: readonly Instrumentation[],
): void {
  const usage = tables.of<UsageRow>('usage').sort((a, b) => a.prompt - b.prompt)
  const cost = spans.some(({ name }) => statingCost.has(name)) ? 50_000n : 0n
  const statesCached = spans.some(({ name }) => !withoutCached.has(name))
  expect(usage.map(({ prompt, completion, cacheRead, costNano }) => [prompt, completion, cacheRead, costNano])).toEqual(
    calls.map(({ prompt, completion, cached }) => [prompt, completion, statesCached ? cached : 0, cost]),
  )
  const tools = tables.of<ToolRow>('tools')
  const seen = all.some(({ tool, hasMessages }) => tool !== undefined || hasMessages)
  expect(tools.map(({ name, success }) => [name, success])).toEqual(seen ? [['get_weather', true]] : [])
}
