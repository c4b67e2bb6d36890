import fc from 'fast-check'
import type pg from 'pg'
import { expect, test } from 'vitest'
import type { Facts } from '../../src/map/facts.ts'
import * as settling from '../../src/settle/settling.ts'
import type { Database } from '../../src/store/database.ts'
import { openMemory } from '../../src/store/memory.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openWriter, type Write } from '../../src/store/write.ts'
import { arrivals, factSets } from '../settle/arbitrary.ts'
import { byStart, judge, lesserTwins } from '../settle/oracle.ts'
import { clientOf, freshFolder, openFolder } from '../support/embedded.ts'
import { dumpLedger } from '../support/ledger.ts'
import { connect, freshDatabase } from '../support/postgres.ts'

const price = () => ({ costNano: 1_234_567, provider: 'openai' })
const runs = Number(process.env.SPANLEDGER_PROPERTY_RUNS ?? 40)

function writer(database: Database, maxSpans: number): Write {
  return openWriter({
    database,
    memory: openMemory(maxSpans),
    settling,
    price,
    json: JSON.stringify,
    onShared: () => {},
  })
}

const tables =
  'task_executions, event_logs, token_usage, tool_executions, agent_executions, usage_daily_aggregates, users, spanledger.ledger, spanledger.traces, spanledger.shares, spanledger.workflows, spanledger.days, spanledger.reports'

/** Several receivers take turns by lot, all at once; each remembers at most so many spans. */
async function play(
  database: Database,
  client: pg.Client,
  memories: readonly number[],
  batches: readonly Facts[][],
): Promise<string> {
  await client.query(`truncate ${tables} cascade`)
  const writers = memories.map((maxSpans) => writer(database, maxSpans))
  const lanes = writers.map((_, lane) => batches.filter((__, i) => i % writers.length === lane))
  await Promise.all(
    lanes.map(async (mine, lane) => {
      for (const batch of mine) await writers[lane]!(batch)
    }),
  )
  // what a tool's event says after it was withdrawn and came back may be less; that it is there is law
  await client.query("update event_logs set message = '', payload = '{}' where type like 'tool.%'")
  return dumpLedger(client)
}

/** Law 4, asked of the database itself. */
const unbalanced = `
  select 'task' as what, t.workflow_id::text as whose from task_executions t
  cross join lateral (
    select coalesce(sum(prompt_tokens), 0)::int as prompt, coalesce(sum(completion_tokens), 0)::int as completion,
      coalesce(sum(total_tokens), 0)::int as total, coalesce(sum(cost_nano_usd), 0)::bigint as cost,
      (count(*) filter (where cache_read_tokens > 0))::int as hits
    from token_usage u where u.task_id = t.id) s
  where (t.prompt_tokens, t.completion_tokens, t.total_tokens, t.total_cost_nano_usd, t.cache_hits)
      is distinct from (s.prompt, s.completion, s.total, s.cost, s.hits)
    or t.tools_invoked <> (select count(*) from tool_executions x where x.workflow_id = t.workflow_id)
    or t.agents_used <> (select count(distinct agent_id) from agent_executions x where x.workflow_id = t.workflow_id)
  union all
  select 'day', coalesce(d.user_id, t.user_id)::text from usage_daily_aggregates d
  full join (
    select user_id, (started_at at time zone 'UTC')::date as date, count(*)::int as tasks, sum(total_tokens)::int as tokens,
      (count(*) filter (where status = 'COMPLETED'))::int as good, sum(tools_invoked)::int as tools,
      round(avg(duration_ms))::int as average
    from task_executions where user_id is not null group by 1, 2) t
  on d.user_id = t.user_id and d.date = t.date
  where (d.total_tasks, d.total_tokens, d.successful_tasks, d.tools_invoked, d.avg_duration_ms)
    is distinct from (t.tasks, t.tokens, t.good, t.tools, t.average)
  union all
  select 'sequence', task_id::text from (
    select task_id, call_sequence, row_number() over (partition by task_id order by id) as rank from token_usage) u
  where call_sequence <> rank
  union all
  select 'user', u.id::text from token_usage u join task_executions t on t.id = u.task_id
  where (u.user_id, u.tenant_id) is distinct from (t.user_id, t.tenant_id)
  union all
  select 'event', e.id::text from event_logs e left join task_executions t on t.workflow_id = e.workflow_id
  where t.id is distinct from e.task_id or e.tenant_id is distinct from t.tenant_id or e.seq is null`

/** The usage rows that the rules want, workflow by workflow. */
function wanted(set: readonly Facts[]): Record<string, number> {
  const traces = [...new Set(set.map((facts) => facts.trace))]
  const counted = traces
    .flatMap((trace) => judge(set.filter((one) => one.trace === trace)) ?? [])
    .filter((one) => one.counts)
  const sums: Record<string, number> = {}
  for (const workflow of new Set(counted.map((one) => one.workflow))) {
    const mine = counted.filter((one) => one.workflow === workflow).map(({ facts }) => facts)
    const calls = mine.filter(({ usage }) => usage!.elsewhere && usage!.role === 'call').sort(byStart)
    const lesser = lesserTwins(calls)
    const tokens = mine.filter((facts) => !lesser.has(facts)).map(({ usage }) => usage!.prompt + usage!.completion)
    sums[workflow] = tokens.reduce((a, b) => a + b, 0)
  }
  return sums
}

/** Whatever arrives in whatever way, there is one ledger, and its sums add up. */
async function holdLaws(
  database: Database,
  client: pg.Client,
  memories: readonly number[],
  numRuns: number,
): Promise<void> {
  await migrate(database)
  await fc.assert(
    fc.asyncProperty(
      factSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set), arrivals(set))),
      async ([set, one, other]) => {
        const ledger = await play(database, client, memories, one)
        expect((await client.query(unbalanced)).rows).toEqual([])
        const { rows } = await client.query<{ workflow_id: string; sum: number }>(
          'select workflow_id, total_tokens as sum from task_executions where total_tokens > 0',
        )
        expect(Object.fromEntries(rows.map(({ workflow_id, sum }) => [workflow_id, sum]))).toEqual(wanted(set))
        expect(await play(database, client, memories, other)).toBe(ledger)
      },
    ),
    { numRuns },
  )
}

test('laws 2, 3 and 4: two receivers, any order, any batches, duplicates: one ledger, and its sums add up', {
  timeout: 300_000,
}, async () => {
  await using fresh = await freshDatabase()
  await using client = await connect(fresh.url)
  await using database = openPostgres({ url: fresh.url, connections: 4, connectTimeoutMs: 2000, description: 'test' })
  await holdLaws(database, client, [0, 100_000], runs)
})

test('laws 2, 3 and 4 on the embedded database, with the one receiver that it has', { timeout: 300_000 }, async () => {
  await using folder = await freshFolder()
  await using database = await openFolder(folder.path, { alone: true })
  await holdLaws(database, clientOf(database), [10], Math.ceil(runs / 10))
})
