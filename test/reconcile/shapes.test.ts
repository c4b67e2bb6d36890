import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anthropicAnalyticsUsage } from '../support/bills/anthropic-export.ts'
import { type BillBench, callsOf, csv, json, later, nano, openBillBench } from '../support/bills/bill-bench.ts'
import {
  type BilledCall,
  byDayAndModel,
  csvLine,
  dayText,
  dollarsText,
  tokensOf,
  wholeCostOf,
} from '../support/bills/billed-calls.ts'
import { openaiCostCsv, openaiCosts, openaiUsage } from '../support/bills/openai-export.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { freshDatabase } from '../support/postgres.ts'
import { openTenantPipeline, sendTo } from '../support/tenants.ts'

let bench: BillBench

beforeAll(async () => {
  bench = await openBillBench()
})

afterAll(() => bench?.[Symbol.asyncDispose]())

const openai = () => callsOf('openai')
const anthropic = () => callsOf('anthropic')

/** Adds up calls of each hour. */
function byHour(calls: readonly BilledCall[], hour: number): BilledCall[] {
  return calls.filter(({ at }) => Math.floor(at / 3_600_000) === hour)
}

describe('an export of another shape differs in nothing', () => {
  test('costs alone, with the tokens that they are for', async () => {
    const { code, totals, cells } = await bench.report({ 'costs.json': json(openaiCosts(openai())) })
    expect({ code, difference: nano(totals.difference.cost_usd), tokens: totals.difference.completion_tokens }).toEqual(
      { code: 0, difference: 0n, tokens: 0 },
    )
    expect(totals.bill.completion_tokens).toBeGreaterThan(1000)
    expect(totals.bill).not.toHaveProperty('requests')
    expect(cells.length).toBeGreaterThan(2)
  })

  test('costs alone, without any', async () => {
    const { code, totals } = await bench.report({ 'costs.csv': csv(openaiCostCsv(openai())) })
    expect({ code, totals: totals.difference }).toEqual({ code: 0, totals: { cost_usd: '0.000000000' } })
  })

  test('costs of a day that name no model, beside usage that does', async () => {
    const days = new Map<string, bigint>()
    for (const call of openai()) days.set(dayText(call.at), (days.get(dayText(call.at)) ?? 0n) + wholeCostOf(call))
    const data = [...days].map(([day, cost]) => ({
      object: 'bucket',
      start_time: Date.parse(day) / 1000,
      end_time: Date.parse(day) / 1000 + 86_400,
      results: [
        { object: 'organization.costs.result', amount: { value: dollarsText(cost), currency: 'usd' }, line_item: null },
      ],
    }))
    const costs = JSON.stringify({ object: 'page', data, has_more: false, next_page: null })
    const { code, totals, cells } = await bench.report({
      'usage.json': json(openaiUsage(openai())),
      'costs.json': costs,
    })
    expect({ code, cost: nano(totals.difference.cost_usd), requests: totals.difference.requests }).toEqual({
      code: 0,
      cost: 0n,
      requests: 0,
    })
    expect(totals.bill.cost_usd).toBe(totals.ledger.cost_usd)
    expect(cells.filter(({ model }) => model === null)).toHaveLength(days.size)
  })

  test('one row over the whole time', async () => {
    const [page] = anthropicAnalyticsUsage(
      anthropic().map((call) => ({ ...call, at: anthropic()[0]!.at })),
      later,
    )
    const row = { ...page!.data[0]!, starting_at: '2026-11-20T00:00:00Z', ending_at: '2026-12-01T00:00:00Z' }
    const { code, cells } = await bench.report({
      'usage.json': JSON.stringify({ ...page, data: [row], has_more: false }),
    })
    expect({ code, periods: cells.map(({ period }) => period) }).toEqual({
      code: 0,
      periods: ['2026-11-20 to 2026-11-30'],
    })
  })

  test('hours of a day', async () => {
    const hours = [...new Set(openai().map(({ at }) => Math.floor(at / 3_600_000)))].sort()
    const first = hours[0]!
    const data = [first - 1, first].map((hour) => ({
      object: 'bucket',
      start_time: hour * 3600,
      end_time: (hour + 1) * 3600,
      results: byDayAndModel(byHour(openai(), hour)).map((call) => ({
        object: 'organization.usage.completions.result',
        input_tokens: call.input,
        input_cached_tokens: call.cached,
        output_tokens: call.output,
        num_model_requests: call.requests,
        model: call.model,
      })),
    }))
    const page = JSON.stringify({ object: 'page', data, has_more: false, next_page: null })
    const { code, totals } = await bench.report({ 'usage.json': page })
    expect({ code, difference: totals.difference.requests }).toEqual({ code: 0, difference: 0 })
    expect(totals.bill.requests).toBe(byHour(openai(), first).length)
    expect(totals.bill.requests).toBeLessThan(openai().length)
  })

  test('a generic table of one kind of tokens a line', async () => {
    const lines = byDayAndModel(anthropic()).flatMap((call) => {
      const { input, cached, written, output } = tokensOf(call)
      const line = (kind: string, tokens: number, rate: number) =>
        csvLine([dayText(call.at), call.model, kind, tokens, dollarsText(BigInt(tokens * rate))])
      return [
        line('input', input, 3000),
        line('cached', cached, 300),
        line('cache write', written, 3750),
        line('cache write 1h', call.longWritten, 6000),
        line('output', output, 15_000),
      ]
    })
    const { code, totals } = await bench.report({ 'bill.csv': csv(['date,model,kind,tokens,cost_usd', ...lines]) })
    expect({ code, difference: totals.difference }).toEqual({
      code: 0,
      difference: {
        prompt_tokens: 0,
        cache_read_tokens: 0,
        cache_creation_tokens: 0,
        completion_tokens: 0,
        cost_usd: '0.000000000',
      },
    })
  })
})

test.each([
  [
    'openai-csv',
    'project',
    /no call of the ledger has one of the projects of the export: say .* by --map project=tenant/,
  ],
  ['openai', 'key', /the export names no key: export it with that group/],
])('a group of %s that one side alone knows is a wrong argument', async (format, by, message) => {
  const files: Record<string, string> =
    format === 'openai' ? { 'usage.json': json(openaiUsage(openai())) } : { 'costs.csv': csv(openaiCostCsv(openai())) }
  await expect(bench.run(files, { by })).rejects.toThrow(message)
})

test('workspaces are tenants and keys are users where --map says so', async () => {
  await using database = await freshDatabase()
  const at = Date.parse('2026-11-20T12:00:00Z')
  const runOf = (user: string) =>
    tracesRequest(
      smallRun(`run-${user}`, at).map((span) => ({ ...span, attributes: { ...span.attributes, user_id: user } })),
    )
  {
    await using tenants = await openTenantPipeline(database.url, ['acme', 'globex'])
    await sendTo(tenants, [
      { tenant: 'acme', request: runOf('ada') },
      { tenant: 'globex', request: runOf('bob') },
      { tenant: 'globex', request: runOf('eve') },
    ])
  }
  await using tenantBench = await openBillBench([], database)
  const head = 'date,model,workspace,key,requests,input_tokens,output_tokens'
  const line = (workspace: string, key: string, requests: number) =>
    csvLine(['2026-11-20', 'gpt-4o-mini', workspace, key, requests, 10 * requests, 5 * requests])
  const map = { map: 'workspace=tenant,key=user,wrkspc_01=acme' }
  const equal = {
    'bill.csv': csv([head, line('wrkspc_01', 'ada', 1), line('globex', 'bob', 1), line('globex', 'eve', 1)]),
  }
  expect(await tenantBench.report(equal, map)).toMatchObject({
    code: 0,
    totals: { bill: { requests: 3 }, difference: { requests: 0 } },
  })
  const other = {
    'bill.csv': csv([head, line('wrkspc_01', 'ada', 3), line('globex', 'bob', 1), line('globex', 'eve', 1)]),
  }
  const report = await tenantBench.report(other, map)
  expect(report.code).toBe(1)
  expect(report.cells.filter(({ difference }) => difference.requests !== 0)).toMatchObject([
    { project: 'acme', key: 'ada', difference: { requests: 2 }, reasons: [{ code: 'not_traced', requests: 2 }] },
  ])
})
