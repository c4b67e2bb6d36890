import { describe, expect, test } from 'vitest'
import { canonicalDigest } from '../../src/decode/digest.ts'
import type { Facts } from '../../src/map/facts/facts.ts'
import { mapRecord } from '../../src/map/record.ts'
import { mapSpan } from '../../src/map/span.ts'
import type { ToolRow, UsageRow } from '../../src/settle/model/rows.ts'
import { randomNumbers, shuffled, slices } from '../support/replay.ts'
import { type Arranged, arrange, arrangements, type ReportedRun } from './instrumentations/arrange.ts'
import { families, type Pair, pairsOf } from './instrumentations/families.ts'
import type { Instrumentation } from './instrumentations/sketch.ts'
import { expectSums, type Played, play, snapshot } from './play.ts'

const options = { tenant: '', digest: canonicalDigest }
const orders = Array.from({ length: Number(process.env.SPANLEDGER_TEST_ORDERS ?? 2) }, (_, index) => index + 1)
const cases = families
  .flatMap((family) =>
    arrangements.map((arrangement) => ({ ...family, arrangement, pairs: pairsOf(family, arrangement) })),
  )
  .filter(({ pairs }) => pairs.length > 0)

describe.each(cases)('$provider, $arrangement', ({ run, arrangement, pairs }) => {
  const named = pairs.map((pair) => ({ first: pair[0].name, second: pair[1].name, pair }))
  test.each(named)('$first and $second count once', ({ pair }) => {
    const facts = factsOf(arrange(run, pair, arrangement))
    const played = play([facts])
    // a record only repeats its span, or an earlier record
    const counted = arrangement.startsWith('record') && !pair[0].withoutUsage ? [pair[0]] : pair
    expectCallsOnce(played, run, counted)
    expectToolOnce(played, run, pair)
    const whole = snapshot(played)
    for (const seed of orders) {
      const batches = slices(shuffled(facts, randomNumbers(seed)), 1 + (seed % 4))
      expect(snapshot(play(batches, expectSums)), `seed ${seed}`).toEqual(whole)
    }
  })
})

function factsOf({ spans, records }: Arranged): Facts[] {
  return [...spans.map((span) => mapSpan(span, options)), ...records.map((record) => mapRecord(record, options))]
}

/** The instrumentations that state what a call costs, and those that don't state cached tokens. */
const statingCost: ReadonlySet<string> = new Set(['PydanticAI', 'LiteLLM'])
const withoutCached: ReadonlySet<string> = new Set([
  'OTel GenAI, Python',
  'OTel GenAI, JavaScript',
  'OpenInference, a stream',
  'OpenInference, LangChain',
])

/** One row for each call, with all that any of its reports states, and no call of unknown usage beside it. */
function expectCallsOnce({ tables }: Played, { calls, tool }: ReportedRun, reports: readonly Instrumentation[]): void {
  const usage = tables.of<UsageRow>('usage').sort((a, b) => a.prompt - b.prompt)
  const cost = tool !== null && reports.some(({ name }) => statingCost.has(name)) ? 50_000n : 0n
  const statesCached = reports.some(({ name }) => !withoutCached.has(name))
  expect(
    usage.map(({ prompt, completion, cacheRead, cacheWrite, costNano }) => {
      return { prompt, completion, cacheRead, cacheWrite, costNano }
    }),
  ).toEqual(
    calls.map(({ prompt, completion, cached, written }) => {
      return { prompt, completion, cacheRead: statesCached ? cached : 0, cacheWrite: written, costNano: cost }
    }),
  )
  for (const { uncounted } of tables.workflows.values()) expect([...uncounted]).toEqual([])
}

/** One row for the tool run, if any span or message reports it. */
function expectToolOnce({ tables }: Played, run: ReportedRun, pair: Pair): void {
  const isReported = run.tool !== null && pair.some(({ tool, hasMessages }) => tool !== undefined || hasMessages)
  const tools = tables.of<ToolRow>('tools').map(({ name, success }) => ({ name, success }))
  expect(tools).toEqual(isReported ? [{ name: run.tool?.name, success: true }] : [])
}
