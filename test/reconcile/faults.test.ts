import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anthropicAnalyticsCosts, anthropicAnalyticsUsage } from '../support/bills/anthropic-export.ts'
import {
  type BillBench,
  callsOf,
  csv,
  expectSums,
  exporters,
  type Files,
  json,
  later,
  nano,
  openBillBench,
  reasonsIn,
} from '../support/bills/bill-bench.ts'
import { trueCalls } from '../support/bills/billed-calls.ts'
import { harmless } from '../support/bills/harmless.ts'
import { genericCsv } from '../support/bills/openai-export.ts'
import { bedrockLogs, focusParquet } from '../support/bills/other-exports.ts'
import { snippet } from '../support/documents.ts'
import { expectGolden } from '../support/look.ts'

let bench: BillBench
/** A ledger of three calls, for outputs that are compared with texts. */
let small: BillBench

beforeAll(async () => {
  bench = await openBillBench()
  small = await openBillBench(['hand-v1-plain-trip'])
})

afterAll(async () => {
  await bench?.[Symbol.asyncDispose]()
  await small?.[Symbol.asyncDispose]()
})

describe.each(['OpenAI API', 'Anthropic legacy', 'Anthropic analytics'])('pages of %s', (name) => {
  const { provider, files } = exporters[name]!

  test('of which the last one is missing are refused', async () => {
    const all = Object.fromEntries(
      Object.entries(files(callsOf(provider))).map(([file, content]) => [file, content.split('\n')[0]!]),
    )
    const { code, output, errors } = await bench.run(all)
    expect({ code, output }).toEqual({ code: 3, output: '' })
    expect(errors).toMatch(/the export is incomplete: its last page, of 2026-11-2\d to .* says has_more/)
  })

  test('that end in the middle are refused', async () => {
    const [[file, content]] = Object.entries(files(callsOf(provider))) as [[string, string]]
    const { code, errors } = await bench.run({ [file]: content.slice(0, -20) })
    expect(code).toBe(3)
    expect(errors).toBe('usage.json: it ends in the middle of JSON: the file is truncated\n')
  })
})

const openai = () => exporters['OpenAI API']!.files(callsOf('openai'))
const line = (item: string | null, value: string, currency = 'usd') =>
  `{"object":"organization.costs.result","amount":{"value":${value},"currency":"${currency}"},"line_item":${JSON.stringify(item)},"project_id":null}`
/** Costs with further lines on the first day. */
const withLines = (files: Files, ...lines: string[]): Files => ({
  ...files,
  'costs.json': files['costs.json']!.replace('"results":[', `"results":[${lines.join(',')},`),
})

test('what is no model call, a credit and another product are listed apart', async () => {
  const report = await bench.report(withLines(openai(), line('vector store storage', '1.25e-1'), line(null, '-5.00')))
  expect(report.apart).toEqual([
    { why: 'not_tokens', label: 'vector store storage', cost_usd: '0.125000000', requests: 0 },
    { why: 'discount_or_credit', label: 'a credit', cost_usd: '-5.000000000', requests: 0 },
  ])
  expect(report.code).toBe(0)
  const anthropic = exporters['Anthropic analytics']!.files(callsOf('anthropic'))
  const chat =
    '{"starting_at":"2026-11-23T00:00:00Z","ending_at":"2026-11-24T00:00:00Z","group":{"model":"claude-sonnet-4-5-20250929","product":"claude_code"},"cost":{"amount":"41280.000000","list_amount":"41280.000000","currency":"USD","requests":9}}'
  const other = await bench.report({
    ...anthropic,
    'costs.json': anthropic['costs.json']!.replace('"data":[', `"data":[${chat},`),
  })
  expect(other.apart).toEqual([{ why: 'other_product', label: 'claude_code', cost_usd: '412.800000000', requests: 0 }])
  expect(other.code).toBe(0)
})

test('a day that is stated again counts as it is stated last', async () => {
  const files = exporters['OpenAI API']!.files
  const before = files(callsOf('openai').map((call) => ({ ...call, output: call.output + 10 })))
  const after = openai()
  const report = await bench.report({
    'a-usage.json': before['usage.json']!,
    'b-usage.json': after['usage.json']!,
    'a-costs.json': before['costs.json']!,
    'b-costs.json': after['costs.json']!,
  })
  expect(report.code).toBe(0)
  expect(report.notes.join()).toContain(
    '2026-11-23, 2026-11-24, 2026-11-28 is stated twice, differently: the later statement counts',
  )
})

test('amounts in euros are refused, and converted at a rate that is given', async () => {
  const files = openai()
  const euros = { ...files, 'costs.json': files['costs.json']!.replaceAll('"usd"', '"eur"') }
  const { code, errors } = await bench.run(euros)
  expect(code).toBe(3)
  expect(errors).toBe(
    "costs.json: the amounts are in EUR, the ledger's in dollars: say what one is with --rate EUR=…\n",
  )
  const report = await bench.report(euros, { rate: 'EUR=1.5' })
  expect(nano(report.totals.bill.cost_usd) * 2n).toBe(nano(report.totals.ledger.cost_usd) * 3n)
})

test('cents that were read as dollars are no difference', async () => {
  const [head, ...lines] = genericCsv(callsOf('anthropic'))
  const cents = lines.map((one) => one.replace(/(\d+)\.(\d\d)(\d{7})$/, '$1$2.$3'))
  const { code, errors } = await bench.run({ 'bill.csv': csv([head!, ...cents]) }, { provider: 'anthropic' })
  expect(code).toBe(3)
  expect(errors).toMatch(
    /amounts are 100 times what the ledger has for the same calls: their unit must be another one, such as cents/,
  )
  const renamed = await bench.report(
    { 'bill.csv': csv([head!.replace('cost_usd', 'cost_cents'), ...cents]) },
    { provider: 'anthropic' },
  )
  expect(renamed.code).toBe(0)
})

test('a discount is told from the list price', async () => {
  const recorded = callsOf('anthropic')
  const report = await bench.report({
    'usage.json': json(anthropicAnalyticsUsage(recorded, later)),
    'costs.json': json(anthropicAnalyticsCosts(recorded, later, 90n)),
  })
  expect(new Set(report.cells.flatMap(({ reasons }) => reasons.map(({ code }) => code)))).toEqual(
    new Set(['discount_or_credit']),
  )
  expect(nano(report.totals.difference.cost_usd)).toBe(-7_338_765n)
  expectSums(report)
})

test('all faults together are each named, with their amounts', async () => {
  const recorded = callsOf('openai')
  const lost = { ...recorded[0]!, input: 4000, cached: 1000, output: 700 }
  const files = withLines(
    exporters['OpenAI API']!.files([...recorded, lost]),
    line('gpt-4o-mini-2024-07-18, a tool of the future', '2e-05'),
    line('gpt-4o-mini-2024-07-18, output_tokens', '-1'),
  )
  const messy = Object.fromEntries(
    Object.entries(files).map(([name, content]) => {
      const { 'a byte order mark': mark, 'lines that end in CR LF': crlf, 'unknown columns': unknown } = harmless
      return [name, mark!(crlf!(unknown!(content, name), name), name)]
    }),
  )
  const report = await bench.report({ ...messy, 'usage-again.json': `${messy['usage.json']} ` })
  expect(reasonsIn(report)).toEqual([
    { code: 'not_traced', requests: 1, prompt_tokens: 4000, completion_tokens: 700, cost_usd: '0.000945000' },
  ])
  expect(report.apart).toEqual([
    { why: 'not_tokens', label: 'gpt-4o-mini-2024-07-18, a tool of the future', cost_usd: '0.000020000', requests: 0 },
    {
      why: 'discount_or_credit',
      label: 'gpt-4o-mini-2024-07-18, output_tokens',
      cost_usd: '-1.000000000',
      requests: 0,
    },
  ])
  expectSums(report)
})

/** The calls of the small ledger, and one that it lacks. */
function smallCalls() {
  const recorded = trueCalls('hand-v1-plain-trip')!
  return [...recorded, { ...recorded[0]!, input: 4000, cached: 1000, output: 700 }]
}

/** A bill with a call more, another price, a storage and a credit. */
function faultyBill(): Files {
  return withLines(
    exporters['OpenAI API']!.files(smallCalls()),
    line('vector store storage', '1.25'),
    line(null, '-5.00'),
    line('gpt-4o-mini-2024-07-18, output_tokens', '0.002'),
  )
}

test.each([80, 120, 200, null])(
  'a comparison fits a terminal of %s columns; null: a pipe gets all, exactly',
  async (width) => {
    const { code, output } = await small.run(faultyBill(), {}, { width })
    expectGolden(`reconcile-${width ?? 'pipe'}`, output)
    expect(code).toBe(1)
  },
)

test('a comparison without differences is silent in a pipe', async () => {
  expect(await bench.run(exporters.Google!.files(callsOf('google')))).toEqual({ code: 0, output: '', errors: '' })
})

test.each(['day', 'model'])('differences are listed by %s, with the same reasons', async (by) => {
  const { output } = await small.run(faultyBill(), { by }, { width: 120 })
  expect(output).toMatch(new RegExp(`^${by.toUpperCase()} +WHAT +LEDGER +BILL`, 'm'))
  expect(output).toMatch(/^1\. not_traced, calls that no span reported: 1 request, 4000 input tokens/m)
})

test('what is compared is kept, and listed as the error over time', async () => {
  await bench.run(openai())
  const { output } = await bench.run({}, {}, { switches: ['history'], width: 160 })
  expect(output.split('\n')[1]).toMatch(
    /^COMPARED AT +FROM +TO +FORMAT +BILL +LEDGER +DIFFERENCE +% +UNEXPLAINED +WITHIN$/,
  )
  expect(output).toMatch(/ 2026-11-23 +2026-11-28 +openai +(0\.\d{9}) +\1 +0\.000000000 +0\.00 +0\.000000000 +yes$/m)
  const rows = JSON.parse((await bench.run({}, {}, { switches: ['history', 'json'] })).output)
  expect(rows[0]).toMatchObject({ format: 'openai', difference_usd: '0.000000000', within_tolerance: true })
})

test.each([
  ['no file', {}, {}, /say which files to compare with/],
  ['a wrong group', { 'a.csv': '' }, { by: 'week' }, /--by must be one of day, model, project, key/],
  ['a wrong format', { 'a.csv': '' }, { format: 'invoice' }, /--format must be one of anthropic-analytics, /],
  ['a wrong map', { 'a.csv': '' }, { map: 'workspace' }, /--map must be pairs/],
  ['a wrong tolerance', { 'a.csv': '' }, { tolerance: 'much' }, /--tolerance must be as 0.5%/],
])('%s is a wrong argument', async (_, files, options, message) => {
  await expect(bench.run(files, options)).rejects.toThrow(message)
})

test('an export of another time has nothing to be compared with', async () => {
  const old = callsOf('openai').map((call) => ({ ...call, at: call.at - 400 * 86_400_000 }))
  const { code, output, errors } = await bench.run(exporters['generic CSV']!.files(old), { provider: 'openai' })
  expect({ code, output }).toEqual({ code: 4, output: '' })
  expect(errors).toMatch(/There is nothing to compare: .* has no call of this provider in that time/)
})

test('the comparison of docs/reconcile.md is as it is printed', async () => {
  const { output } = await small.run(exporters['OpenAI API']!.files(smallCalls()), {}, { width: 100 })
  expect(output).toBe(snippet('reconcile'))
})

test('Parquet with decimals, and logs in gzip, are read as they are', async () => {
  const report = await bench.report({ 'focus.parquet': focusParquet(callsOf('openai')) })
  expect({ code: report.code, difference: report.totals.difference }).toEqual({
    code: 0,
    difference: { prompt_tokens: 0, cache_read_tokens: 0, completion_tokens: 0, cost_usd: '0.000000000' },
  })
  const logs = await bench.report({ 'logs.json.gz': bedrockLogs(callsOf('anthropic')) }, { provider: 'anthropic' })
  expect({ code: logs.code, difference: logs.totals.difference }).toEqual({
    code: 0,
    difference: { requests: 0, prompt_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0, completion_tokens: 0 },
  })
})
