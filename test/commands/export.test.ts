import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { expect, test } from 'vitest'
import * as exporting from '../../src/commands/export.ts'
import { openBillBench, recordingNames } from '../support/bills/bill-bench.ts'
import { outcomeOf } from '../support/command.ts'
import { printed } from '../support/look.ts'
import { connect, freshDatabase } from '../support/postgres.ts'

test('export --focus has a row a kind of tokens, its sums are those of the ledger, and reconcile reads it to no difference', async () => {
  await using database = await freshDatabase()
  await using bench = await openBillBench(recordingNames, database)
  await using client = await connect(database.url)
  await client.query(
    `update token_usage set price_source = 'stated', cost_nano_usd = 1000003, cost_parts = '{"stated": 1000003}' where id in (select id from token_usage order by id limit 5)`,
  )
  const settings = { DATABASE_URL: database.url }
  const { output } = await printed(exporting, { settings, switches: ['focus'] })
  // as a command line has it, whose table is left out
  expect(await outcomeOf(['export', '--focus'], settings)).toMatchObject({ code: 0, output })
  const rows: Record<string, string>[] = parse(output, { columns: true })
  const tokens = rows.filter(({ ConsumedUnit }) => ConsumedUnit === 'Tokens')
  const sum = (list: readonly Record<string, string>[], name: string) =>
    list.reduce((all, row) => all + BigInt(row[name]!.replace('.', '')), 0n)
  const [ledger] = (
    await client.query<{ tokens: string; nano: string; models: number }>(
      'select sum(total_tokens)::text as tokens, sum(cost_nano_usd)::text as nano, count(distinct model)::int as models from token_usage',
    )
  ).rows
  expect(sum(tokens, 'ConsumedQuantity').toString()).toBe(ledger!.tokens)
  expect(sum(rows, 'BilledCost').toString()).toBe(ledger!.nano)
  expect(new Set(rows.map((row) => row.x_model)).size).toBe(ledger!.models)
  const kinds = new Set(tokens.map((row) => row.x_token_type))
  expect([...kinds].sort()).toEqual(expect.arrayContaining(['cache_read', 'cache_write', 'input', 'output']))
  const keys = rows.map((row) =>
    Object.entries(row).flatMap(([name, text]) => (/Cost|Quantity|Price/.test(name) ? [] : text)),
  )
  expect(new Set(keys.map((key) => key.join())).size).toBe(rows.length)

  const report = await bench.report({ 'focus.csv': output })
  expect(report.code).toBe(0)
  expect(report.cells.every(({ reasons }) => reasons.length === 0)).toBe(true)
  expect(Object.values(report.totals.difference).every((value) => Number(value) === 0)).toBe(true)
  expect(BigInt(report.totals.bill.cost_usd!.replace('.', '')).toString()).toBe(ledger!.nano)
})

test('export writes every row once, page by page, with exact money, in each format', async () => {
  await using database = await freshDatabase()
  await using client = await connect(database.url)
  // more than two pages, with many rows of one time
  await client.query(
    `insert into token_usage (id, provider, model, prompt_tokens, completion_tokens, total_tokens, cost_usd, cost_nano_usd, created_at, cost_parts)
     select md5(n::text)::uuid, 'p', 'a "model", ' || n, 1, 2, 3, 0.1, 9007199254740993 + n, '2026-11-29T12:00:00.000001Z'::timestamptz + n / 1000 * interval '1 second', '{"input": 1}'
     from generate_series(1, 4500) as n`,
  )
  const { rows } = await client.query('select id::text, cost_nano_usd::text from token_usage order by created_at, id')
  const settings = { DATABASE_URL: database.url }
  const of = (format: string, more: Record<string, string[]> = {}) =>
    printed(exporting, { args: ['token_usage'], settings, options: { format: [format], ...more } })
  const key = (row: { readonly id: string; readonly cost_nano_usd: unknown }) => `${row.id} ${row.cost_nano_usd}`

  const csv = parse((await of('csv')).output, { columns: true }) as (typeof rows)[number][]
  expect(csv.map(key)).toEqual(rows.map(key))
  expect(csv[0]).toMatchObject({ created_at: '2026-11-29T12:00:00.000001Z', cost_parts: '{"input":1}' })
  const lines = (await of('jsonl')).output.trimEnd().split('\n')
  expect(lines.map((line) => key(JSON.parse(line)))).toEqual(rows.map(key))
  expect(JSON.parse(lines[0]!)).toMatchObject({ prompt_tokens: 1, cost_usd: '0.100000', cost_parts: { input: 1 } })

  const folder = await mkdtemp(path.join(tmpdir(), 'spanledger-export-'))
  const file = path.join(folder, 'calls.parquet')
  expect((await of('parquet', { output: [file] })).errors).toBe(`4500 rows are in ${file}\n`)
  const objects = await parquetReadObjects({ file: await asyncBufferFromFile(file) })
  expect(objects.map((row) => key(row as never))).toEqual(rows.map(key))
  await rm(folder, { recursive: true })

  const part = await of('jsonl', { since: ['2026-11-29T12:00:03Z'], until: ['2026-11-29T12:00:04Z'] })
  expect(part.output.trimEnd().split('\n')).toHaveLength(1000)
  await expect(of('xml')).rejects.toThrow("--format can't be xml: it takes csv, jsonl, parquet")
  await expect(of('parquet')).rejects.toThrow('say with --output')
})
