import fc from 'fast-check'
import type pg from 'pg'
import { expect, test } from 'vitest'
import type { Facts } from '../../../src/map/facts/facts.ts'
import { derive } from '../../../src/settle/derive.ts'
import { emptyTrace, workflowOf } from '../../../src/settle/model/trace.ts'
import type { Database } from '../../../src/store/database.ts'
import { migrate } from '../../../src/store/tables/migrate.ts'
import { forgetRun } from '../../../src/transaction/forget/forget-run.ts'
import { ensureTombstoneKey } from '../../../src/transaction/ledger/tombstones.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { groupBy } from '../../../src/transaction/lists.ts'
import type { WriteFacts } from '../../../src/transaction/writer.ts'
import { arrivals, factSets } from '../../settle/arbitrary.ts'
import { sharedSets } from '../../settle/arbitrary-shared.ts'
import { clientOf } from '../../support/embedded.ts'
import { brokenSums } from '../../support/laws.ts'
import { dumpLedger } from '../../support/ledger.ts'
import { freshPlace } from '../../support/places.ts'
import { emptyTables } from '../../support/play-receivers.ts'
import { fixedPrice } from '../../support/prices.ts'
import { propertyRuns } from '../../support/property-runs.ts'
import { openTestWriter } from '../../support/writer.ts'

const runs = propertyRuns(15)
const price = fixedPrice(1_234_567, 'openai')

function writer(database: Database, maxSpans: number): WriteFacts {
  return openTestWriter(database, { traceCache: openTraceCache(maxSpans), price })
}

/** The ledger without the texts of events, which may be less after an event was withdrawn and came back. */
async function dump(client: pg.Client): Promise<string> {
  await client.query("update event_logs set message = '', payload = '{}'")
  return dumpLedger(client)
}

async function play(
  database: Database,
  client: pg.Client,
  batches: readonly (readonly Facts[])[],
): Promise<WriteFacts> {
  await client.query(emptyTables)
  const write = writer(database, 100_000)
  for (const batch of batches) await write(batch)
  return write
}

/** The facts of the spans and records that belong to a run in the traces that contribute to it. */
async function factsOfRun(client: pg.Client, facts: readonly Facts[], workflow: string): Promise<Set<Facts>> {
  const { rows } = await client.query<{ trace: string }>(
    `select replace(trace::text, '-', '') as trace from (
       select only_trace as trace from workflows where workflow = $1 union select trace from shares where workflow = $1
     ) t`,
    [workflow],
  )
  const contributing = new Set(rows.map(({ trace }) => trace))
  const own = new Set<Facts>()
  for (const [id, list] of groupBy(facts, ({ trace }) => trace)) {
    if (!contributing.has(id)) continue
    const { trace } = derive(emptyTrace(id), list)
    for (const one of list) if (workflowOf(trace, trace.nodes.get(one.id)!) === workflow) own.add(one)
  }
  return own
}

const cases = fc
  .oneof(factSets, sharedSets)
  .chain((set) =>
    fc.tuple(fc.constant(set), arrivals(set, 4), fc.shuffledSubarray([...set], { minLength: set.length }), fc.nat(5)),
  )

test('laws 2 and 4: a forgotten run leaves the ledger as if its spans had never come, and late duplicates change nothing', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using database = await place.open()
  await migrate(database)
  const client = clientOf(database)
  let sharedTraces = 0
  await fc.assert(
    fc.asyncProperty(cases, async ([set, batches, again, pick]) => {
      const write = await play(database, client, batches)
      const { rows: tasks } = await client.query<{ workflow_id: string }>(
        'select workflow_id from task_executions order by workflow_id',
      )
      const workflow = tasks[pick % tasks.length]?.workflow_id
      if (workflow === undefined) return
      const own = await factsOfRun(client, set, workflow)
      const rest = batches.map((batch) => batch.filter((one) => !isOneOf(own, one)))
      await play(database, client, rest)
      const expected = await dump(client)

      const writeAgain = await play(database, client, batches)
      const key = await ensureTombstoneKey(database)
      await forgetRun({ database, price, toJson: JSON.stringify, key }, workflow)
      expect(await brokenSums(client)).toEqual([])
      expect(await dump(client)).toBe(expected)
      const traces = new Set([...own].map(({ trace }) => trace))
      if (rest.flat().some(({ trace }) => traces.has(trace))) sharedTraces += 1

      for (const late of [write, writeAgain, writer(database, 0)]) {
        const outcomes = await late(again)
        const forgotten = outcomes.filter((_, i) => isOneOf(own, again[i]!))
        expect(new Set(forgotten)).toEqual(own.size === 0 ? new Set() : new Set(['duplicate']))
        expect(await dump(client)).toBe(expected)
      }
      // the ledger does not keep a version that lost, so the call ids that only such a version mentioned are not known
      const hasVersions = new Set(set.map(({ trace, id }) => `${trace} ${id}`)).size < set.length
      if (!hasVersions) expect(await namesIn(client, own, rest.flat())).toEqual([])
    }),
    { numRuns: runs },
  )
  expect(sharedTraces).toBeGreaterThan(0)
})

function isOneOf(own: ReadonlySet<Facts>, { trace, id }: Facts): boolean {
  for (const one of own) if (one.trace === trace && one.id === id) return true
  return false
}

/** The forgotten traces that some table of the books still names, and of which no span is left. */
async function namesIn(client: pg.Client, own: ReadonlySet<Facts>, rest: readonly Facts[]): Promise<string[]> {
  const gone = [...new Set([...own].map(({ trace }) => trace))].filter((id) => !rest.some(({ trace }) => trace === id))
  const { rows } = await client.query<{ trace: string }>(
    `select replace(trace::text, '-', '') as trace from (
       select trace from traces union select trace from ledger union select trace from shares union select trace from call_ids
       union select only_trace from workflows
     ) t where replace(trace::text, '-', '') = any ($1)
     union all
     select 'shared: ' || shared from call_ids where exists (select from unnest($1::text[]) g where position(g in shared) > 0)`,
    [gone],
  )
  return rows.map(({ trace }) => trace)
}
