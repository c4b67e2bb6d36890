import { expect, test } from 'vitest'
import * as command from '../../../src/commands/reconcile/reconcile.ts'
import { msPerDay } from '../../../src/reconcile/bill.ts'
import { readEvidence } from '../../../src/reconcile/ledger/read-ledger.ts'
import { printed } from '../../support/look.ts'
import { newSpanId, newTraceId, type SpanSketch, tracesRequest } from '../../support/otlp.ts'
import { databases, freshPlace } from '../../support/places.ts'
import { openTestReceiver } from '../../support/receiver.ts'
import { sendAll } from '../../support/send.ts'

const day = Date.parse('2026-11-20T00:00:00Z')
const noon = day + msPerDay / 2

function callSpan(
  more: Partial<SpanSketch> & { readonly attributes: Readonly<Record<string, string | number>> },
): SpanSketch {
  const { attributes, ...span } = more
  return {
    traceId: newTraceId(),
    spanId: newSpanId(),
    name: 'chat',
    startMs: noon,
    endMs: noon + 1000,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.response.model': 'gpt-4o-mini-2024-07-18',
      ...attributes,
    },
    ...span,
  }
}

const usage = { 'gen_ai.usage.input_tokens': 100, 'gen_ai.usage.output_tokens': 10 }
const claude = { 'gen_ai.provider.name': 'anthropic', 'gen_ai.response.model': 'claude-sonnet-4-5-20250929' }

/** Calls of which each is peculiar in one way. */
const spans: readonly SpanSketch[] = [
  callSpan({ attributes: { ...usage, 'openai.response.service_tier': 'flex' } }),
  callSpan({ attributes: usage, startMs: day + msPerDay - 500, endMs: day + msPerDay + 500 }),
  callSpan({ attributes: { 'gen_ai.response.id': 'resp_without_usage', 'gen_ai.response.finish_reasons': 'stop' } }),
  callSpan({ attributes: {}, error: 'Request timed out.' }),
  callSpan({ attributes: {}, error: '429 rate limit reached' }),
  callSpan({
    attributes: { ...usage, 'gen_ai.request.model': 'our-own', 'gen_ai.response.model': 'a-model-of-our-own' },
  }),
  callSpan({ attributes: { ...usage, ...claude, 'gen_ai.response.finish_reasons': 'refusal' } }),
  callSpan({
    attributes: { ...usage, ...claude, 'gen_ai.response.finish_reasons': 'end_turn' },
    startMs: noon + 5000,
    endMs: noon + 6000,
  }),
  callSpan({ attributes: usage, traceId: '0'.repeat(32) }),
]

test.each(databases)('%s says what proves a difference', async (name) => {
  await using place = await freshPlace(name)
  {
    await using receiver = await openTestReceiver(place.url, place.settings)
    expect(await sendAll([tracesRequest(spans)], [receiver.http])).toMatchObject({ failed: [], rejected: 1 })
    // beside the receiver, through its socket where it has the embedded database
    const settings = { DATABASE_URL: place.url, ...place.settings }
    const { code, errors } = await printed(command, { settings, switches: ['history'] })
    expect({ code, errors }).toEqual({ code: 0, errors: 'Nothing has been compared yet.\n' })
  }
  await using database = await place.open()
  const scope = {
    from: day - msPerDay,
    to: day + 2 * msPerDay,
    grain: 'day',
    byTenant: false,
    byUser: false,
    withIds: true,
  } as const
  const evidence = await readEvidence(database, scope)
  const brief = evidence.lines.map(({ at, began, model, tier, isUnpriced, amounts: { requests, input, cost } }) => ({
    day: (at - day) / msPerDay,
    began: (began - day) / msPerDay,
    model,
    tier,
    isUnpriced,
    requests,
    input,
    cost,
  }))
  const mini = {
    day: 0,
    began: 0,
    model: 'gpt-4o-mini-2024-07-18',
    tier: null,
    isUnpriced: false,
    requests: 1n,
    input: 100n,
    cost: 21_000n,
  }
  expect(brief).toHaveLength(4)
  expect(brief).toEqual(
    expect.arrayContaining([
      { ...mini, tier: 'flex', cost: 10_500n },
      { ...mini, day: 1 },
      { ...mini, model: 'a-model-of-our-own', isUnpriced: true, cost: 0n },
      { ...mini, model: 'claude-sonnet-4-5-20250929', requests: 2n, input: 200n, cost: 900_000n },
    ]),
  )
  expect(evidence.gaps.map(({ what, model, calls }) => ({ what, model, calls }))).toEqual([
    { what: 'uncounted', model: 'gpt-4o-mini-2024-07-18', calls: 1n },
    { what: 'failed', model: 'gpt-4o-mini-2024-07-18', calls: 1n },
  ])
  expect(evidence.blocked.map(({ at, amounts }) => ({ at, requests: amounts.requests, cost: amounts.cost }))).toEqual([
    { at: day, requests: 1n, cost: 450_000n },
  ])
  // it is counted on the day on which it came
  expect(evidence.refused).toEqual([])
  const now = Date.now()
  const today = await readEvidence(database, { ...scope, from: now - msPerDay, to: now + msPerDay })
  expect(today.refused.map(({ spans: n }) => n)).toEqual([1n])
})

test('calls of one response id, or of one time and the same counters in several traces, may be counted twice', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using client = await place.connect()
  const row = (id: string, trace: string, response: string | null, input: number) =>
    client.query(
      `insert into token_usage (id, provider, model, prompt_tokens, completion_tokens, total_tokens, cost_usd, cost_nano_usd,
        created_at, trace_id, response_id) values (gen_random_uuid(), 'openai', $1, $2, 10, 10, 0, 5, '2026-11-20T12:00:00Z', $3, $4)`,
      [id, input, trace, response],
    )
  await row('a', 't1', 'resp_1', 100)
  await row('a', 't2', 'resp_1', 100)
  await row('b', 't1', null, 70)
  await row('b', 't2', null, 70)
  await row('b', 't2', null, 71)
  await row('c', 't1', null, 70)
  await row('c', 't1', null, 70)
  await using database = await place.open()
  const { repeated } = await readEvidence(database, {
    from: day,
    to: day + msPerDay,
    grain: 'day',
    byTenant: false,
    byUser: false,
    withIds: false,
  })
  expect(
    repeated
      .map(({ model, amounts: { requests, input, cost } }) => ({ model, requests, input, cost }))
      .sort((a, b) => (a.model < b.model ? -1 : 1)),
  ).toEqual([
    { model: 'a', requests: 1n, input: 100n, cost: 5n },
    { model: 'b', requests: 1n, input: 70n, cost: 5n },
  ])
})
