import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { run } from '../../src/commands/reconcile/reconcile.ts'
import {
  anthropicAnalyticsCosts,
  anthropicAnalyticsUsage,
  anthropicCosts,
  anthropicUsage,
  consoleCostCsv,
  consoleUsageCsv,
} from '../support/bills/anthropic-export.ts'
import {
  type BilledCall,
  billedRecordings,
  dayStart,
  dollarsText,
  trueCalls,
  wholeCostOf,
} from '../support/bills/billed-calls.ts'
import { genericCsv, openaiCostCsv, openaiCosts, openaiUsage, openaiUsageCsv } from '../support/bills/openai-export.ts'
import {
  awsReport,
  azureDetails,
  bedrockLogs,
  focusCsv,
  focusParquet,
  googleRows,
  litellmCsv,
  openrouterActivity,
  openrouterGenerations,
} from '../support/bills/other-exports.ts'
import { configOf } from '../support/config.ts'
import { snippet } from '../support/documents.ts'
import { terminalOf } from '../support/look.ts'
import { freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { requestsOf } from '../support/recordings.ts'
import { sendAll } from '../support/send.ts'

const { recordings, calls } = billedRecordings()
const ofProvider = (provider: string) => calls.filter((call) => call.provider === provider)
const later = Date.parse('2026-12-24T00:00:00Z')

vi.useFakeTimers({ toFake: ['Date'], now: later })
let url: string
let folder: string
let dispose: () => Promise<unknown>

beforeAll(async () => {
  const database = await freshDatabase()
  url = database.url
  {
    await using receiver = await openTestReceiver(url)
    const sent = await sendAll(recordings.flatMap(requestsOf), [receiver.http], { parallel: 4 })
    expect(sent).toMatchObject({ failed: [] })
  }
  folder = await mkdtemp(path.join(tmpdir(), 'spanledger-bills-'))
  dispose = async () => {
    await rm(folder, { recursive: true })
    await database[Symbol.asyncDispose]()
  }
})

afterAll(() => dispose?.())

/** What `spanledger reconcile` prints and ends with for files of these contents. */
async function reconciled(
  files: Readonly<Record<string, string | Buffer>>,
  options: Readonly<Record<string, string>> = {},
  switches: readonly string[] = [],
  databaseUrl: string = url,
) {
  const paths: string[] = []
  for (const [name, content] of Object.entries(files)) {
    paths.push(path.join(folder, name))
    await writeFile(path.join(folder, name), content)
  }
  let output = ''
  let errors = ''
  const code = await run({
    config: configOf({ DATABASE_URL: databaseUrl }),
    origins: {} as never,
    args: paths,
    switches: new Set(switches),
    options: new Map(Object.entries(options).map(([name, value]) => [name, [value]])),
    terminal: terminalOf(),
    write: (text) => {
      output += text
    },
    writeError: (text) => {
      errors += text
    },
  })
  return { code: code ?? 0, output: output.replaceAll(`${folder}/`, ''), errors: errors.replaceAll(`${folder}/`, '') }
}

const json = (pages: readonly unknown[]) => pages.map((page) => JSON.stringify(page)).join('\n')
const csv = (lines: readonly string[]) => `${lines.join('\n')}\n`

type Files = Readonly<Record<string, string>>

interface Exporter {
  readonly provider: string
  readonly files: (calls: readonly BilledCall[]) => Files
  /** Whether it states requests. */
  readonly hasRequests: boolean
  /** Whether a second file has more lines, and doesn't state the same ones again. */
  readonly hasParts?: true
  readonly options?: Readonly<Record<string, string>>
}

const exporters: Readonly<Record<string, Exporter>> = {
  'OpenAI API': {
    hasRequests: true,
    provider: 'openai',
    files: (calls) => ({ 'usage.json': json(openaiUsage(calls)), 'costs.json': json(openaiCosts(calls)) }),
  },
  'OpenAI CSV': {
    hasRequests: true,
    provider: 'openai',
    files: (calls) => ({ 'usage.csv': csv(openaiUsageCsv(calls)), 'costs.csv': csv(openaiCostCsv(calls)) }),
  },
  'Anthropic legacy': {
    hasRequests: false,
    provider: 'anthropic',
    files: (calls) => ({ 'usage.json': json(anthropicUsage(calls)), 'costs.json': json(anthropicCosts(calls)) }),
  },
  'Anthropic analytics': {
    hasRequests: true,
    provider: 'anthropic',
    files: (calls) => ({
      'usage.json': json(anthropicAnalyticsUsage(calls, later)),
      'costs.json': json(anthropicAnalyticsCosts(calls, later)),
    }),
  },
  'Anthropic Console': {
    hasRequests: false,
    provider: 'anthropic',
    files: (calls) => ({ 'usage.csv': csv(consoleUsageCsv(calls)), 'costs.csv': csv(consoleCostCsv(calls)) }),
  },
  'OpenRouter activity': {
    hasRequests: true,
    provider: 'openai',
    options: { provider: 'openai' },
    files: (calls) => ({ 'activity.json': openrouterActivity(calls) }),
  },
  'OpenRouter generations': {
    hasRequests: true,
    provider: 'openai',
    options: { provider: 'openai' },
    files: (calls) => ({ 'generations.jsonl': openrouterGenerations(calls) }),
  },
  LiteLLM: {
    hasRequests: true,
    provider: 'openai',
    files: (calls) => ({ 'spend-logs.csv': csv(litellmCsv(calls)) }),
  },
  'AWS CUR': {
    hasParts: true,
    hasRequests: false,
    provider: 'anthropic',
    options: { provider: 'anthropic' },
    files: (calls) => ({ 'cur.csv': csv(awsReport(calls)) }),
  },
  Azure: {
    hasParts: true,
    hasRequests: false,
    provider: 'openai',
    options: { provider: 'openai' },
    files: (calls) => ({ 'azure.csv': csv(azureDetails(calls)) }),
  },
  Google: {
    hasParts: true,
    hasRequests: false,
    provider: 'google',
    files: (calls) => ({ 'google.jsonl': googleRows(calls) }),
  },
  'FOCUS CSV': {
    hasParts: true,
    hasRequests: false,
    provider: 'openai',
    files: (calls) => ({ 'focus.csv': csv(focusCsv(calls)) }),
  },
  'generic CSV': {
    hasParts: true,
    hasRequests: true,
    provider: 'openai',
    files: (calls) => ({ 'bill.csv': csv(genericCsv(calls)) }),
  },
}

/** What `--json` says of a comparison, as far as these tests read it. */
interface Report {
  readonly totals: Readonly<Record<'bill' | 'ledger' | 'difference' | 'unexplained', Sums>>
  readonly cells: readonly {
    readonly period: string
    readonly difference: Sums
    readonly unexplained: Sums
    readonly reasons: readonly (Sums & { readonly code: string; readonly close?: string })[]
  }[]
  readonly apart: readonly { readonly why: string; readonly label: string; readonly cost_usd: string }[]
  readonly notes: readonly string[]
}

interface Sums {
  readonly requests?: number
  readonly prompt_tokens?: number
  readonly completion_tokens?: number
  readonly cost_usd?: string
}

async function reportOf(
  files: Readonly<Record<string, string | Buffer>>,
  options: Readonly<Record<string, string>> = {},
): Promise<Report & { code: number }> {
  const { code, output, errors } = await reconciled(files, options, ['json'])
  expect(errors).toBe('')
  const [report] = JSON.parse(output)
  return { code, ...report }
}

/** The reasons of all cells, each with what it explains. */
function reasonsIn({ cells }: Report) {
  return cells.flatMap(({ reasons }) =>
    reasons.map(({ code, requests, prompt_tokens, completion_tokens, cost_usd }) => ({
      code,
      ...(requests !== undefined && { requests }),
      ...(prompt_tokens !== undefined && { prompt_tokens }),
      ...(completion_tokens !== undefined && { completion_tokens }),
      cost_usd,
    })),
  )
}

const nano = (text: string | undefined) => BigInt((text ?? '0').replace('.', ''))

/** The amounts of the reasons and what is unexplained sum to the difference, in each cell. */
function expectSums({ cells }: Report): void {
  for (const { difference, reasons, unexplained } of cells) {
    const parts = [...reasons, unexplained]
    expect(parts.reduce((sum, { cost_usd }) => sum + nano(cost_usd), 0n)).toBe(nano(difference.cost_usd))
    for (const name of ['requests', 'prompt_tokens', 'completion_tokens'] as const)
      expect(parts.reduce((sum, part) => sum + (part[name] ?? 0), 0)).toBe(difference[name] ?? 0)
  }
}

/** Text that changes nothing of what a table or page says. */
const harmless: Readonly<Record<string, (content: string, name: string) => string>> = {
  'a byte order mark': (content) => `\uFEFF${content}`,
  'lines that end in CR LF': (content) => content.replaceAll('\n', '\r\n'),
  'rows in another order': (content, name) => {
    const [first, ...rest] = content.trimEnd().split('\n')
    return name.endsWith('.csv') ? [first, ...rest.reverse()].join('\n') : [first, ...rest].reverse().join('\n')
  },
  'unknown columns': (content, name) =>
    name.endsWith('.csv')
      ? content.replaceAll(/(?<=.)$/gm, ',new')
      : content
          .replaceAll('{"object":"bucket"', '{"object":"bucket","new":{"a":[1,2.5]}')
          .replaceAll('"data":', '"later":null,"data":'),
  'a number in scientific notation': (content) =>
    content.replace(/\b0\.(\d{9,17})\b/, (_, digits: string) => `${BigInt(digits)}e-${digits.length}`),
  'a page or row of each day twice, in a second file': (content) => content,
}

describe.each(Object.entries(exporters))(
  'an export of %s',
  (_, { provider, files, hasRequests, hasParts, options = {} }) => {
    const recorded = ofProvider(provider)

    test('of the calls that were recorded differs in nothing, and says nothing', async () => {
      const { code, output, errors } = await reconciled(files(recorded), options)
      expect(recorded.length).toBeGreaterThan(20)
      expect({ code, errors }).toEqual({ code: 0, errors: '' })
      // two clients tell only the alias of the model
      expect(output.replace(/\nNote: alias_folded: .*\n/, '')).toMatch(/^dollars +(\S+) +\1 +0\.000000000 +0\.00\n$/m)
      expect(output).not.toMatch(/Why|Note: (?!alias)|nothing/)
    })

    test.each(Object.entries(harmless))('with %s differs in nothing', async (what, change) => {
      const changed = Object.entries(files(recorded)).map(([name, content]) => [name, change(content, name)] as const)
      const all = Object.fromEntries(changed)
      const again = what.includes('second') && !hasParts ? { again: `${Object.values(all)[0]}\n` } : {}
      const report = await reportOf({ ...all, ...again }, options)
      expect({ code: report.code, difference: nano(report.totals.difference.cost_usd) }).toEqual({
        code: 0,
        difference: 0n,
      })
      expect(
        report.cells
          .flatMap(({ difference }) => [difference.prompt_tokens, difference.completion_tokens])
          .every((n) => n === 0),
      ).toBe(true)
    })

    test('with a call more says that it was not traced, with what it cost', async () => {
      const [first] = recorded
      const lost = { ...first!, requests: 1, input: 4000, cached: 1000, written: 0, longWritten: 0, output: 700 }
      const report = await reportOf(files([...recorded, lost]), options)
      expect(reasonsIn(report)).toEqual([
        {
          code: 'not_traced',
          ...(hasRequests && { requests: 1 }),
          prompt_tokens: 4000,
          completion_tokens: 700,
          cost_usd: dollarsText(wholeCostOf(lost)),
        },
      ])
      expectSums(report)
      expect(nano(report.totals.unexplained.cost_usd)).toBe(0n)
      expect(report.code).toBe(1)
    })

    test('without its last day says where it ends', async () => {
      const last = Math.max(...recorded.map(({ at }) => dayStart(at)))
      const report = await reportOf(files(recorded.filter(({ at }) => at < last)), options)
      expect(report.code).toBe(0)
      expect(report.notes.join()).toMatch(
        /the export ends with 2026-11-2\d: \d+ calls of the ledger in the week after it are not compared/,
      )
    })

    test('of days that are not final is cut, and says so', async () => {
      vi.setSystemTime(Date.parse('2026-11-29T03:00:00Z'))
      try {
        const all = files(recorded)
        const report = await reportOf(
          Object.fromEntries(
            Object.entries(all).map(([name, content]) => [name, content.replaceAll('2026-12-24T00', '2026-11-28T04')]),
          ),
          options,
        )
        expect(report.code).toBe(0)
        expect(report.notes.join()).toMatch(
          /provisional: what is after 2026-11-28 00:00 UTC is left out, with \$0\.0\d+ of the bill/,
        )
        expect(report.cells.map(({ period }) => period)).not.toContain('2026-11-28')
      } finally {
        vi.setSystemTime(later)
      }
    })
  },
)

describe.each(['OpenAI API', 'Anthropic legacy', 'Anthropic analytics'])('pages of %s', (name) => {
  const { provider, files } = exporters[name]!

  test('of which the last one is missing are refused', async () => {
    const all = Object.fromEntries(
      Object.entries(files(ofProvider(provider))).map(([file, content]) => [file, content.split('\n')[0]!]),
    )
    const { code, output, errors } = await reconciled(all)
    expect({ code, output }).toEqual({ code: 3, output: '' })
    expect(errors).toMatch(/the export is incomplete: its last page, of 2026-11-2\d to .* says has_more/)
  })

  test('that end in the middle are refused', async () => {
    const [[file, content]] = Object.entries(files(ofProvider(provider))) as [[string, string]]
    const { code, errors } = await reconciled({ [file]: content.slice(0, -20) })
    expect(code).toBe(3)
    expect(errors).toBe('usage.json: it ends in the middle of JSON: the file is truncated\n')
  })
})

const openai = () => exporters['OpenAI API']!.files(ofProvider('openai'))
const line = (item: string | null, value: string, currency = 'usd') =>
  `{"object":"organization.costs.result","amount":{"value":${value},"currency":"${currency}"},"line_item":${JSON.stringify(item)},"project_id":null}`
/** Costs with further lines on the first day. */
const withLines = (files: Files, ...lines: string[]): Files => ({
  ...files,
  'costs.json': files['costs.json']!.replace('"results":[', `"results":[${lines.join(',')},`),
})

test('what is no model call, a credit and another product are listed apart', async () => {
  const report = await reportOf(withLines(openai(), line('vector store storage', '1.25e-1'), line(null, '-5.00')))
  expect(report.apart).toEqual([
    { why: 'not_tokens', label: 'vector store storage', cost_usd: '0.125000000', requests: 0 },
    { why: 'discount_or_credit', label: 'a credit', cost_usd: '-5.000000000', requests: 0 },
  ])
  expect(report.code).toBe(0)
  const anthropic = exporters['Anthropic analytics']!.files(ofProvider('anthropic'))
  const chat =
    '{"starting_at":"2026-11-23T00:00:00Z","ending_at":"2026-11-24T00:00:00Z","group":{"model":"claude-sonnet-4-5-20250929","product":"claude_code"},"cost":{"amount":"41280.000000","list_amount":"41280.000000","currency":"USD","requests":9}}'
  const other = await reportOf({
    ...anthropic,
    'costs.json': anthropic['costs.json']!.replace('"data":[', `"data":[${chat},`),
  })
  expect(other.apart).toEqual([{ why: 'other_product', label: 'claude_code', cost_usd: '412.800000000', requests: 0 }])
  expect(other.code).toBe(0)
})

test('a day that is stated again counts as it is stated last', async () => {
  const files = exporters['OpenAI API']!.files
  const before = files(ofProvider('openai').map((call) => ({ ...call, output: call.output + 10 })))
  const after = openai()
  const report = await reportOf({
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
  const { code, errors } = await reconciled(euros)
  expect(code).toBe(3)
  expect(errors).toBe(
    "costs.json: the amounts are in EUR, the ledger's in dollars: say what one is with --rate EUR=…\n",
  )
  const report = await reportOf(euros, { rate: 'EUR=1.5' })
  expect(nano(report.totals.bill.cost_usd) * 2n).toBe(nano(report.totals.ledger.cost_usd) * 3n)
})

test('cents that were read as dollars are no difference', async () => {
  const [head, ...lines] = genericCsv(ofProvider('anthropic'))
  const cents = lines.map((one) => one.replace(/(\d+)\.(\d\d)(\d{7})$/, '$1$2.$3'))
  const { code, errors } = await reconciled({ 'bill.csv': csv([head!, ...cents]) }, { provider: 'anthropic' })
  expect(code).toBe(3)
  expect(errors).toMatch(
    /amounts are 100 times what the ledger has for the same calls: their unit must be another one, such as cents/,
  )
  const renamed = await reportOf(
    { 'bill.csv': csv([head!.replace('cost_usd', 'cost_cents'), ...cents]) },
    { provider: 'anthropic' },
  )
  expect(renamed.code).toBe(0)
})

test('a discount is told from the list price', async () => {
  const recorded = ofProvider('anthropic')
  const report = await reportOf({
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
  const recorded = ofProvider('openai')
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
  const report = await reportOf({ ...messy, 'usage-again.json': `${messy['usage.json']} ` })
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

test('what is compared is kept, and listed as the error over time', async () => {
  await reconciled(openai())
  const { output } = await reconciled({}, {}, ['history'])
  expect(output.split('\n')[0]).toMatch(
    /^compared at +from +to +format +bill +ledger +difference +% +unexplained +within$/,
  )
  expect(output).toMatch(
    / 2026-11-23 +2026-11-28 +openai +0\.007694210 +0\.007694210 +0\.000000000 +0\.00 +0\.000000000 +yes$/m,
  )
})

test.each([
  ['no file', {}, {}, /say which files to compare with/],
  ['a wrong group', { 'a.csv': '' }, { by: 'week' }, /--by must be one of day, model, project, key/],
  ['a wrong format', { 'a.csv': '' }, { format: 'invoice' }, /--format must be one of anthropic-analytics, /],
  ['a wrong map', { 'a.csv': '' }, { map: 'workspace' }, /--map must be pairs/],
  ['a wrong tolerance', { 'a.csv': '' }, { tolerance: 'much' }, /--tolerance must be as 0.5%/],
])('%s is a wrong argument', async (_, files, options, message) => {
  await expect(reconciled(files, options)).rejects.toThrow(message)
})

test('an export of another time has nothing to be compared with', async () => {
  const old = ofProvider('openai').map((call) => ({ ...call, at: call.at - 400 * 86_400_000 }))
  const { code, output, errors } = await reconciled(exporters['generic CSV']!.files(old), { provider: 'openai' })
  expect({ code, output }).toEqual({ code: 4, output: '' })
  expect(errors).toMatch(/There is nothing to compare: .* has no call of this provider in that time/)
})

test('the comparison of docs/reconcile.md is as it is printed', async () => {
  await using database = await freshDatabase()
  {
    await using receiver = await openTestReceiver(database.url)
    expect(await sendAll(requestsOf('hand-v1-plain-trip'), [receiver.http])).toMatchObject({ failed: [] })
  }
  const recorded = trueCalls('hand-v1-plain-trip')!
  const lost = { ...recorded[0]!, input: 4000, cached: 1000, output: 700 }
  const { output } = await reconciled(exporters['OpenAI API']!.files([...recorded, lost]), {}, [], database.url)
  expect(output).toBe(snippet('reconcile'))
})

test('Parquet with decimals, and logs in gzip, are read as they are', async () => {
  const report = await reportOf({ 'focus.parquet': focusParquet(ofProvider('openai')) })
  expect({ code: report.code, difference: report.totals.difference }).toEqual({
    code: 0,
    difference: { prompt_tokens: 0, cache_read_tokens: 0, completion_tokens: 0, cost_usd: '0.000000000' },
  })
  const logs = await reportOf({ 'logs.json.gz': bedrockLogs(ofProvider('anthropic')) }, { provider: 'anthropic' })
  expect({ code: logs.code, difference: logs.totals.difference }).toEqual({
    code: 0,
    difference: { requests: 0, prompt_tokens: 0, cache_read_tokens: 0, cache_creation_tokens: 0, completion_tokens: 0 },
  })
})
