import { rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, inject, test } from 'vitest'
import { outcomeOf, spawnReceiver } from '../support/command.ts'
import { brokenSums } from '../support/laws.ts'
import { dumpLedger } from '../support/ledger.ts'
import { connect, emptyDatabase, freshDatabase } from '../support/postgres.ts'
import { buildRevision, withMigration } from '../support/program.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { recordingNames, requestsOf } from '../support/recordings.ts'
import { piecesOf, rearrange } from '../support/replay.ts'
import { sendAll } from '../support/send.ts'
import { verifyRecordings } from '../support/verify.ts'

const names = [...recordingNames('hand-v1-', 'hand-v2-'), 'claude-code-http', 'temporal-go-deploy']

/** What a later version may add to every table, under which this version goes on. */
const additions = `-- What a later version adds.
alter table task_executions add column later text, add column later_count integer not null default 0;

alter table event_logs add column later text;

alter table token_usage add column later text default 'none';

alter table tool_executions add column later text;

alter table agent_executions add column later text;

alter table users add column later text;

alter table traces add column later bigint not null default 0;

alter table ledger add column later text;

alter table shares add column later text;

alter table workflows add column later text;

alter table days add column later text;

alter table call_ids add column later text;

create table later_books (id uuid primary key, state text not null);

create index later_usage on token_usage (service_tier);
`

/** The ledger that one receiver of this version makes of the recordings in their order. */
async function ledgerOfOne(): Promise<string> {
  await using database = await freshDatabase()
  await using receiver = await openTestReceiver(database.url)
  await using client = await connect(database.url)
  expect(await sendAll(names.flatMap(requestsOf), [receiver.http])).toMatchObject({ failed: [], rejected: 0 })
  return await dumpLedger(client)
}

/**
 * Upgrades two receivers of a database one after the other while spans arrive: a newer one starts beside them, which
 * migrates the tables, then the older ones stop. A report reads the tables meanwhile. In the end an older one starts again.
 */
async function upgrade(older: string, newer: string): Promise<void> {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await using one = await spawnReceiver(database.url, {}, older)
  await using two = await spawnReceiver(database.url, {}, older)
  const requests = rearrange(piecesOf(names), { seed: 7, duplicate: 0.3, variants: 0.2, batch: 3 })
  const third = Math.ceil(requests.length / 3)
  const send = async (part: number, receivers: readonly { readonly http: string }[]) => {
    const some = requests.slice(part * third, (part + 1) * third)
    const sent = await sendAll(
      some,
      receivers.map(({ http }) => http),
      { parallel: 3 },
    )
    expect(sent).toMatchObject({ failed: [], rejected: 0 })
  }
  await send(0, [one])
  await client.query('begin; select count(*) from task_executions')
  const starting = spawnReceiver(database.url, {}, newer)
  const sending = send(1, [one, two])
  await pause(1_000)
  await client.query('commit')
  await using three = await starting
  await sending
  const last = send(2, [two, three])
  one.process.kill('SIGTERM')
  expect(await one.exited).toBe(0)
  await last
  two.process.kill('SIGTERM')
  await using again = await spawnReceiver(database.url, {}, older)
  await send(0, [three, again])
  again.process.kill('SIGTERM')
  expect(await again.exited).toBe(0)
  // each has settled by its own rules so far
  expect(await outcomeOf(['resettle'], { DATABASE_URL: database.url })).toMatchObject({ code: 0 })
  expect(await verifyRecordings(client, names)).toEqual([])
  expect(await brokenSums(client)).toEqual([])
  expect(await dumpLedger(client, ['later', 'later_count'])).toBe(await ledgerOfOne())
}

test('a later version that adds to every table starts beside receivers that write, and they may start again after it', async () => {
  const later = withMigration(inject('program'), '999_later', additions)
  try {
    await upgrade(inject('program'), later)
  } finally {
    rmSync(path.dirname(path.dirname(later)), { recursive: true })
  }
})

const previous = process.env.SPANLEDGER_TEST_PREVIOUS ?? ''

test.skipIf(previous === '')(
  `this version starts beside receivers of ${previous || 'an earlier one (left out: SPANLEDGER_TEST_PREVIOUS names no revision)'}`,
  async () => {
    const program = await buildRevision(previous)
    expect(program, `the revision ${previous}`).not.toBeNull()
    await upgrade(program!, inject('program'))
  },
)
