import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { Unavailable } from '../../../src/errors.ts'
import type { Facts } from '../../../src/map/facts/facts.ts'
import type { ArrivalOutcome } from '../../../src/settle/tree/merge-versions.ts'
import type { Database } from '../../../src/store/database.ts'
import { monthOf } from '../../../src/store/partitions/months.ts'
import { makeMonthsAhead } from '../../../src/store/partitions/months-ahead.ts'
import { partition } from '../../../src/store/partitions/partition.ts'
import { forgetRun } from '../../../src/transaction/forget/forget-run.ts'
import { ensureTombstoneKey } from '../../../src/transaction/ledger/tombstones.ts'
import { openTraceCache } from '../../../src/transaction/ledger/trace-cache.ts'
import { removeExpiredRows } from '../../../src/transaction/retention/expired-rows.ts'
import { clientOf } from '../../support/embedded.ts'
import { brokenSums } from '../../support/laws.ts'
import { dumpLedger } from '../../support/ledger.ts'
import { fixedPrice } from '../../support/prices.ts'
import { openTestWriter } from '../../support/writer.ts'

/** The spans and records of runs: those that go on, those that retention removes, and those that are forgotten. */
export interface Sets {
  readonly live: readonly Facts[]
  readonly old: readonly Facts[]
  readonly doomed: readonly Facts[]
}

/** Rows of half of this age are kept. */
const oldDays = 300
const days = oldDays / 2
const tables = ['task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions']
const rowsOnly = Object.fromEntries(tables.map((name) => [name, days]))
const retention = { ...rowsOnly, ledger: days }
const price = fixedPrice(1_234_567, 'openai')

/** Facts in traces and runs of their own, at a time of their own: `ageDays` ago. */
export function inGroup(group: string, facts: readonly Facts[], ageDays: number): Facts[] {
  const earliest = facts.reduce((least, { startNs }) => (startNs < least ? startNs : least), facts[0]?.startNs ?? 0n)
  const nowNs = BigInt(Date.now()) * 1_000_000n
  const shift = nowNs - BigInt(ageDays * 86_400 + 3_600) * 1_000_000_000n - earliest
  return facts.map((one) => ({
    ...one,
    trace: createHash('sha256').update(`${group} ${one.trace}`).digest('hex').slice(0, 32),
    workflowId: one.workflowId && `${group}-${one.workflowId}`,
    startNs: one.startNs + shift,
    endNs: one.endNs + shift,
    events: one.events.map((event) => ({ ...event, timeNs: event.timeNs + shift })),
  }))
}

/** The sets of three general ones. Facts without any time are left out: their rows are of 1970, which nothing keeps. */
export function groupsOf(live: readonly Facts[], old: readonly Facts[], doomed: readonly Facts[]): Sets {
  const timed = (facts: readonly Facts[]) => facts.filter(({ startNs }) => startNs > 0n)
  return {
    live: inGroup('live', timed(live), 0),
    old: inGroup('old', timed(old), oldDays),
    doomed: inGroup('doomed', timed(doomed), 0),
  }
}

/** The rows that are kept, without the texts of events, and the days. */
async function dump(database: Database): Promise<string> {
  const client = clientOf(database)
  await client.query("update event_logs set message = '', payload = '{}'")
  return dumpLedger(client)
}

/** What must be left: rows of the live runs, and the days of these and the old ones. */
export async function expectedLedger(database: Database, { live, old }: Sets): Promise<string> {
  await openTestWriter(database, { price })([...live, ...old])
  await removeExpiredRows(database, rowsOnly, { archiveFolder: null })
  return dump(database)
}

/** What a tenant's tables have while its spans come, and how. */
export interface Meanwhile {
  readonly database: Database
  readonly sets: Sets
  /** The live set, in the batches of two receivers. */
  readonly batches: readonly (readonly Facts[])[]
  /** Whether the tables are to be partitioned meanwhile. */
  readonly converts: boolean
  /** Where rows that retention removes are archived; null: they are not. */
  readonly archiveFolder: string | null
}

/** The ledger that is left, and how many late duplicates were too old to be known. */
export interface Left {
  readonly ledger: string
  readonly tooOld: number
}

/**
 * Two receivers take the spans of live runs, and duplicates of old and forgotten ones, while retention removes the old ones,
 * partitions are made, and the doomed runs are forgotten. Sums are those of their rows at every moment.
 */
export async function playMeanwhile(meanwhile: Meanwhile): Promise<Left> {
  const { database, sets, batches, converts, archiveFolder } = meanwhile
  const { live, old, doomed } = sets
  await openTestWriter(database, { price })([...old, ...doomed])
  await beganLongAgo(database, old, live)
  let isOver = false
  const whileOpen = async (work: () => Promise<unknown>) => {
    while (!isOver) {
      await untilAvailable(work)
      await pause(1)
    }
  }
  const converted = converts ? partition(database, () => {}) : Promise.resolve()
  const late = [...old, ...doomed]
  const around = [
    // one after the other: no trace begins in a month that is being removed
    whileOpen(async () => {
      await beganLongAgo(database, old, live)
      await removeExpiredRows(database, retention, { archiveFolder, attempts: 3 })
    }),
    whileOpen(() => makeMonthsAhead(database)),
    whileOpen(async () =>
      expect(await brokenSums(clientOf(database), new Date(Date.now() - days * 86_400_000))).toEqual([]),
    ),
    whileOpen(() => forgetDoomed(database, doomed)),
  ]
  // what fails is thrown at the end
  const ended = Promise.all(around)
  ended.catch(() => {})
  const receivers = [0, 100_000].map((maxSpans) =>
    openTestWriter(database, { price, traceCache: openTraceCache(maxSpans) }),
  )
  try {
    await Promise.all(
      receivers.map(async (write, lane) => {
        for (const [i, batch] of batches.entries()) {
          if (i % receivers.length !== lane) continue
          const duplicates = late.filter((_, n) => n % batches.length === i)
          const outcomes = await untilAvailable(() => write([...batch, ...duplicates]))
          expectKnown(outcomes.slice(batch.length))
        }
      }),
    )
    await converted
  } finally {
    isOver = true
    await ended
  }
  await beganLongAgo(database, old, live)
  await removeExpiredRows(database, retention, { archiveFolder })
  while ((await forgetDoomed(database, doomed)) > 0);
  const ledger = await dump(database)
  let tooOld = 0
  for (const write of [...receivers, openTestWriter(database, { price })]) {
    const outcomes = await write(late)
    expectKnown(outcomes)
    tooOld += outcomes.filter((one) => one === 'too-old').length
  }
  await removeExpiredRows(database, retention, { archiveFolder })
  expect(await dump(database), 'nothing is revived').toBe(ledger)
  return { ledger, tooOld }
}

/** What has come before is a duplicate, or too old; a version that loses against another span is a conflict at most. */
function expectKnown(outcomes: readonly ArrivalOutcome[]): void {
  expect(outcomes.filter((one) => one === 'committed' || one === 'unrelated')).toEqual([])
}

async function untilAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error
      await pause(5)
    }
  }
}

/** Lets old traces be as if nothing had come of them for long, and live ones as if they had begun long ago. */
async function beganLongAgo(database: Database, old: readonly Facts[], live: readonly Facts[]): Promise<void> {
  const month = `${monthOf(new Date(Date.now() - oldDays * 86_400_000))}-01`
  const idsOf = (facts: readonly Facts[]) => [...new Set(facts.map(({ trace }) => trace))]
  await database.transaction(async (session) => {
    // only what is locked: a trace may come between two statements
    const rows = await session.query<{ trace: string }>(
      'select trace::text from traces where trace = any ($1::uuid[]) order by trace for update',
      [idsOf([...old, ...live])],
    )
    const locked = rows.map(({ trace }) => trace)
    const values = [month, locked]
    await session.query(
      'update ledger set epoch = $1::date where epoch <> $1::date and trace = any ($2::uuid[])',
      values,
    )
    await session.query('update traces set epoch = $1::date where trace = any ($2::uuid[])', values)
    await session.query(
      'update traces set last_month = $1::date where trace = any ($2::uuid[]) and trace = any ($3::uuid[])',
      [...values, idsOf(old)],
    )
  })
}

/** Forgets the doomed runs that are there; resolves to their number. A run without an id of its own has that of its trace. */
async function forgetDoomed(database: Database, doomed: readonly Facts[]): Promise<number> {
  const runs = await database.transaction((session) =>
    session.query<{ workflow: string }>(
      "select workflow from workflows where state is not null and (workflow like 'doomed-%' or workflow = any ($1))",
      [[...new Set(doomed.map(({ trace }) => trace))]],
    ),
  )
  const key = await ensureTombstoneKey(database)
  for (const { workflow } of runs) await forgetRun({ database, price, toJson: JSON.stringify, key }, workflow)
  return runs.length
}
