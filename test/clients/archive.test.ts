import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { messageOf } from '../../src/errors.ts'
import { archiveWaiting } from '../../src/store/archive/archive.ts'
import { stageExpired } from '../../src/store/archive/stage-expired.ts'
import { addMonths, monthOf, partitionName } from '../../src/store/partitions/months.ts'
import { runShell } from '../support/command.ts'
import { callFacts, toolFacts } from '../support/facts.ts'
import { freshLedger } from '../support/fresh-ledger.ts'
import { fixedPrice } from '../support/prices.ts'
import { openTestWriter } from '../support/writer.ts'
import { absent, prepare } from './prepare.ts'

const lacks = absent('python3')
if (lacks.length > 0) console.warn(`left out, because ${lacks.join(', ')} isn't here: the archive, read by DuckDB`)

const script = 'python3 -m venv . && bin/pip install --quiet duckdb==1.5.6'

/** Prints what DuckDB makes of files: types, sums and single values, as JSON. */
const reading = `
import duckdb, json, sys
folder, month = sys.argv[1:]
def rows(sql): return [[str(v) if v is not None else None for v in row] for row in duckdb.sql(sql).fetchall()]
calls = f"'{folder}/token_usage_{month}.parquet'"
print(json.dumps({
  'types': dict((r[0], r[1]) for r in rows(f"describe select * from {calls}")),
  'sums': rows(f"select count(*), sum(prompt_tokens), sum(cost_usd), sum(cost_nano_usd) from {calls}"),
  'times': rows(f"select epoch_us(min(created_at)), epoch_us(max(created_at)) from {calls}"),
  'ids': rows(f"select id, task_id, cost_parts from {calls} order by id limit 3"),
  'events': rows(f"select count(*), count(distinct seq), max(strlen(message)) from '{folder}/event_logs_{month}*.parquet'"),
  'texts': rows(f"select distinct message from '{folder}/event_logs_{month}.parquet' where message like '%é%'"),
  'tools': rows(f"select tool_name, success, count(*), sum(duration_ms) from '{folder}/tool_executions_{month}.parquet' group by all"),
}))
`

test.skipIf(lacks.length > 0)(
  'DuckDB reads the archive: decimals, times in UTC, ids and texts as the database had them',
  async ({ skip }) => {
    const prepared = await prepare({ name: 'duckdb', files: [], script }).catch((error: unknown) => messageOf(error))
    if (typeof prepared === 'string') return skip(`left out, because DuckDB can't be installed: ${prepared}`)
    const { folder: place } = prepared
    await using ledger = await freshLedger()
    const { client, database } = ledger
    const month = addMonths(monthOf(new Date()), -9)
    const startNs = BigInt(Date.parse(`${month}-15T12:34:56Z`)) * 1_000_000n
    const facts = Array.from({ length: 300 }, (_, number) => {
      const times = {
        startTimeUnixNano: startNs + BigInt(number) * 1_001_000n,
        endTimeUnixNano: startNs + BigInt(number) * 2_003_000n,
      }
      const attributes = { query: `what is é ${number}?`, workflow_id: 'wf' }
      return number % 3 === 0 ? toolFacts(number, attributes, times) : callFacts(number, attributes, times)
    })
    await openTestWriter(database, { price: fixedPrice(1_234_567, 'openai') })(facts)
    const sql = async (text: string) => (await client.query<(string | null)[]>({ text, rowMode: 'array' })).rows
    const expected = {
      sums: await sql(
        'select count(*)::text, sum(prompt_tokens)::text, sum(cost_usd)::text, sum(cost_nano_usd)::text from token_usage',
      ),
      times: await sql(
        'select (extract(epoch from min(created_at)) * 1000000)::bigint::text, (extract(epoch from max(created_at)) * 1000000)::bigint::text from token_usage',
      ),
      ids: await sql('select id::text, task_id::text, cost_parts::text from token_usage order by id limit 3'),
      events: await sql(
        'select count(*)::text, count(distinct seq)::text, max(octet_length(message))::text from event_logs',
      ),
      texts: await sql("select distinct message from event_logs where message like '%é%' order by 1"),
      tools: await sql(
        "select tool_name, case when success then 'True' else 'False' end, count(*)::text, sum(duration_ms)::text from tool_executions group by 1, 2",
      ),
    }
    const archive = await mkdtemp(path.join(os.tmpdir(), 'spanledger-archive-'))
    try {
      await stageExpired(database, { event_logs: 100, token_usage: 100, tool_executions: 100 })
      expect(await archiveWaiting(database, archive)).toHaveLength(3)
      const suffix = partitionName('', month).slice(1)
      await using run = runShell('bin/python - "$FOLDER" "$MONTH"', {
        cwd: place,
        env: { FOLDER: archive, MONTH: suffix },
      })
      run.input.end(reading)
      expect(await run.exited, run.output()).toBe(0)
      const read = JSON.parse(run.output())
      expect(read.types).toMatchObject({
        id: 'UUID',
        cost_usd: 'DECIMAL(10,6)',
        cost_nano_usd: 'BIGINT',
        prompt_tokens: 'INTEGER',
        created_at: 'TIMESTAMP WITH TIME ZONE',
        model: 'VARCHAR',
      })
      const sorted = { ...read, texts: read.texts.sort(), tools: read.tools }
      expect(sorted).toMatchObject({ ...expected, texts: expected.texts.sort() })
    } finally {
      await rm(archive, { recursive: true })
    }
  },
)
