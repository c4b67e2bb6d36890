import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Facts } from '../../src/map/facts/facts.ts'
import type { Database } from '../../src/store/database.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { openTraceCache } from '../../src/transaction/ledger/trace-cache.ts'
import type { WriteFacts } from '../../src/transaction/transaction.ts'
import { arrivals, factSets } from '../settle/arbitrary.ts'
import { byStart, judge, lesserTwins } from '../settle/oracle.ts'
import { clientOf } from '../support/embedded.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { databases, freshPlace } from '../support/places.ts'
import { fixedPrice } from '../support/prices.ts'
import { openTestWriter } from '../support/writer.ts'

const price = fixedPrice(1_234_567, 'openai')
const runs = Number(process.env.SPANLEDGER_PROPERTY_RUNS ?? 40)

function writer(database: Database, maxSpans: number): WriteFacts {
  return openTestWriter(database, { traceCache: openTraceCache(maxSpans), price, pause: () => turn() })
}

const tables =
  'task_executions, event_logs, token_usage, tool_executions, agent_executions, usage_daily_aggregates, users, ledger, traces, shares, workflows, days, reports'

/** Several receivers take turns by lot, all at once; each remembers at most so many spans. */
async function play(database: Database, memories: readonly number[], batches: readonly Facts[][]): Promise<string> {
  const client = clientOf(database)
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

/** The usage rows that the rules want, workflow by workflow. */
function wanted(set: readonly Facts[]): Record<string, number> {
  const traces = [...new Set(set.map((facts) => facts.trace))]
  const counted = traces
    .flatMap((trace) => judge(set.filter((one) => one.trace === trace)) ?? [])
    .filter((one) => one.counts)
  const sums: Record<string, number> = {}
  for (const workflow of new Set(counted.map((one) => one.workflow))) {
    const mine = counted.filter((one) => one.workflow === workflow).map(({ report }) => report)
    const calls = mine.filter(({ usage }) => usage!.elsewhere && usage!.role === 'call').sort(byStart)
    const lesser = lesserTwins(calls)
    const tokens = mine.filter((facts) => !lesser.has(facts)).map(({ usage }) => usage!.prompt + usage!.completion)
    sums[workflow] = tokens.reduce((a, b) => a + b, 0)
  }
  return sums
}

/** Two tenants have the same spans, each in its own order and batches: each has the one ledger, and its sums add up. */
async function holdLaws(tenants: readonly [Database, Database], memories: readonly number[]): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      factSets.chain((set) => fc.tuple(fc.constant(set), arrivals(set), arrivals(set))),
      async ([set, one, other]) => {
        const [ledger, same] = await Promise.all([play(tenants[0], memories, one), play(tenants[1], memories, other)])
        expect(same).toBe(ledger)
        for (const client of tenants.map(clientOf)) {
          expect(await brokenSums(client)).toEqual([])
          const { rows } = await client.query<{ workflow_id: string; sum: number }>(
            'select workflow_id, total_tokens as sum from task_executions where total_tokens > 0',
          )
          expect(Object.fromEntries(rows.map(({ workflow_id, sum }) => [workflow_id, sum]))).toEqual(wanted(set))
        }
      },
    ),
    { numRuns: runs },
  )
}

test.each(databases)(
  'laws 2, 3, 4 and 8 on %s: any order, any batches, duplicates, two tenants: one ledger, and its sums add up',
  async (name) => {
    await using place = await freshPlace(name)
    await using database = await place.open()
    const acme = database.forTenant('acme')
    await migrate(database)
    await migrate(acme)
    // the embedded one has one receiver
    await holdLaws([database, acme], name === 'PostgreSQL' ? [0, 100_000] : [10])
  },
)
