import type pg from 'pg'
import { expect, test } from 'vitest'
import { Misconfigured, Unavailable } from '../../../src/errors.ts'
import type { Database } from '../../../src/store/database.ts'
import { boundConstraint } from '../../../src/store/partitions/convert-table.ts'
import { addMonths, boundOf, monthOf, monthsBetween, partitionName } from '../../../src/store/partitions/months.ts'
import { partition } from '../../../src/store/partitions/partition.ts'
import { partitionedTables } from '../../../src/store/partitions/partitioned-tables.ts'
import { readPartitions } from '../../../src/store/partitions/table-layout.ts'
import { planMigration } from '../../../src/store/tables/migrate.ts'
import { remove } from '../../../src/store/tables/table.ts'
import { freshFolder, openFolder } from '../../support/embedded.ts'
import { callFacts } from '../../support/facts.ts'
import { openTestDatabase } from '../../support/fresh-ledger.ts'
import { brokenSums } from '../../support/laws.ts'
import { dumpLedger } from '../../support/ledger.ts'
import { connect, emptyDatabase, freshDatabase } from '../../support/postgres.ts'
import { openTestWriter } from '../../support/writer.ts'

const noStep = () => {}

/** Makes the tables as they are before they are partitioned: those of an adopted database, or of an earlier version. */
async function makePlainTables(client: pg.Client, database: Database): Promise<void> {
  for (const { statements } of await planMigration(database)) for (const sql of statements) await client.query(sql)
}

/** A model call that began so many months before or after now. */
function callIn(number: number, months: number, attributes: Readonly<Record<string, string>> = {}) {
  const start = BigInt(Date.parse(`${addMonths(monthOf(new Date()), months)}-15T12:00:00Z`)) * 1_000_000n
  const times = { startTimeUnixNano: start + BigInt(number), endTimeUnixNano: start + 1_000_000_000n }
  return callFacts(number, attributes, times)
}

test('a filled database is partitioned while others write, and is the ledger of one that was from the start', async () => {
  await using empty = await emptyDatabase()
  await using plain = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlainTables(client, plain)
  await using fresh = await freshDatabase()
  await using partitioned = openTestDatabase(fresh.url)
  const rows = Array.from({ length: 400 }, (_, i) => callIn(i, (i % 7) - 5))
  const [before, meanwhile] = [rows.slice(0, 200), rows.slice(200)]
  await openTestWriter(plain)(before)

  let converting = true
  const conversion = partition(plain, noStep).finally(() => {
    converting = false
  })
  const write = openTestWriter(plain)
  for (const fact of meanwhile) {
    // a row of a later month waits for the end of the conversion
    for (let written = false; !written; ) {
      written = await write([fact]).then(
        () => true,
        (error: unknown) => {
          expect(error).toBeInstanceOf(Unavailable)
          expect(converting).toBe(true)
          return false
        },
      )
    }
  }
  expect(await conversion).toEqual(partitionedTables.map(({ name }) => name))

  await openTestWriter(partitioned)(rows)
  await using other = await connect(fresh.url)
  expect(await dumpLedger(client)).toEqual(await dumpLedger(other))
  expect(await brokenSums(client)).toEqual([])
  expect(await partition(plain, noStep)).toEqual([])
})

test('what a table has follows it: grants, comments, triggers, defaults, checks, indexes', async () => {
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlainTables(client, database)
  await client.query(`
    create role partition_reader;
    grant select on event_logs to partition_reader;
    comment on table event_logs is 'what happened';
    comment on column event_logs.type is 'its kind';
    create function mark() returns trigger language plpgsql as $$ begin new.stream_id = 'marked'; return new; end $$;
    create trigger mark before insert on event_logs for each row execute function mark();
    alter table event_logs add constraint no_bad check (type <> 'bad');
    create index "an own index" on event_logs (agent_id desc) where agent_id is not null`)
  try {
    await partition(database, noStep)
    await client.query(
      `insert into event_logs (workflow_id, type, timestamp) select 'wf', 'good', now() + n * interval '1 month' from generate_series(-3, 9) n`,
    )
    const { rows } = await client.query(
      `select count(*)::int as n, count(distinct tableoid)::int as parts, bool_and(stream_id = 'marked' and id is not null) as marked,
         has_table_privilege('partition_reader', 'event_logs', 'select') as granted,
         obj_description('event_logs'::regclass) as comment, col_description('event_logs'::regclass, 4) as kind
       from event_logs`,
    )
    expect(rows).toEqual([{ n: 13, parts: 7, marked: true, granted: true, comment: 'what happened', kind: 'its kind' }])
    await expect(client.query("insert into event_logs (workflow_id, type) values ('wf', 'bad')")).rejects.toThrow(
      /no_bad/,
    )
    const { rows: indexes } = await client.query(
      "select pg_get_indexdef(indexrelid) as sql from pg_index where indrelid = 'event_logs'::regclass",
    )
    expect(indexes.map(({ sql }) => sql)).toContainEqual(
      expect.stringContaining(
        '"an own index" ON ONLY public.event_logs USING btree (agent_id DESC) WHERE (agent_id IS NOT NULL)',
      ),
    )
  } finally {
    await client.query('drop owned by partition_reader; drop role partition_reader')
  }
})

test('the embedded database is partitioned too', async () => {
  await using folder = await freshFolder()
  await using database = await openFolder(folder.path, { exclusive: true })
  const steps = await planMigration(database)
  await database.transaction(async (session) => {
    for (const { statements } of steps) for (const sql of statements) await session.query(sql)
  })
  const write = openTestWriter(database)
  await write([callIn(1, -2), callIn(2, 0)])
  expect(await partition(database, noStep)).toHaveLength(partitionedTables.length)
  await write([callIn(3, 1)])
  const tasks = await database.transaction((session) =>
    session.query<{ part: string }>('select tableoid::regclass::text as part from task_executions order by started_at'),
  )
  expect(tasks.map(({ part }) => part)).toEqual([
    'task_executions_past',
    'task_executions_past',
    partitionName('task_executions', addMonths(monthOf(new Date()), 1)),
  ])
})

test('a task whose earliest span comes late moves to its month, with its rows as they are', async () => {
  await using fresh = await freshDatabase()
  await using database = openTestDatabase(fresh.url)
  await using client = await connect(fresh.url)
  const run = { workflow_id: 'one run' }
  const [early, late] = [callIn(1, -1, run), callIn(2, 0, run)]
  const write = openTestWriter(database)
  const part = async () => {
    const { rows } = await client.query('select tableoid::regclass::text as part, total_tokens from task_executions')
    return rows
  }
  const current = monthOf(new Date())
  await write([late])
  expect(await part()).toEqual([{ part: partitionName('task_executions', current), total_tokens: 15 }])
  await write([early])
  expect(await part()).toEqual([{ part: partitionName('task_executions', addMonths(current, -1)), total_tokens: 30 }])
  expect(await brokenSums(client)).toEqual([])
})

test('statements with times look into the partitions of these times alone', async () => {
  await using fresh = await freshDatabase()
  await using database = openTestDatabase(fresh.url)
  const current = monthOf(new Date())
  const timeNs = BigInt(Date.parse(`${current}-15T00:00:00Z`)) * 1_000_000n
  const table = { name: 'event_logs', columns: [], partitionKey: 'timestamp' }
  const plans = await database.transaction(async (session) => {
    const texts: string[] = []
    const explain = async (sql: string, values?: readonly unknown[]) => {
      const rows = await session.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, values)
      texts.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
      return []
    }
    const explaining = { ...session, query: explain as typeof session.query }
    await remove(explaining, table, [{ id: '0'.repeat(32), timeNs }])
    await explain(`select * from event_logs where timestamp >= ${boundOf(addMonths(current, 1))}`)
    return texts
  })
  const partsIn = (plan: string) => [...new Set(plan.match(/event_logs_(\d{4}_\d\d|past|future)\b/g))]
  expect(partsIn(plans[0]!)).toEqual([partitionName('event_logs', current)])
  // nothing is found there, so all partitions are looked into
  expect(partsIn(plans[1]!)).toHaveLength(7)
  expect(partsIn(plans[2]!).toSorted()).toEqual([
    ...[1, 2, 3].map((ahead) => partitionName('event_logs', addMonths(current, ahead))),
    'event_logs_future',
  ])
})

test('the partitions are the months, without a gap', async () => {
  await using fresh = await freshDatabase()
  await using database = openTestDatabase(fresh.url)
  const current = monthOf(new Date())
  for (const { name } of partitionedTables) {
    const partitions = await database.transaction((session) => readPartitions(session, name))
    expect(partitions.map(({ name: part }) => part)).toEqual([
      `${name}_past`,
      ...monthsBetween(addMonths(current, -1), addMonths(current, 4)).map(
        (month) => `${name}_${month.replace('-', '_')}`,
      ),
      `${name}_future`,
    ])
    for (const [i, { from }] of partitions.entries()) expect(from).toBe(i === 0 ? null : partitions[i - 1]!.to)
  }
})

test('what a partitioned table can not have stops it before anything is changed', async () => {
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlainTables(client, database)
  await client.query(`
    create view runs as select * from task_executions;
    create table notes (task uuid constraint of_task references task_executions (id))`)
  const converting = partition(database, noStep)
  await expect(converting).rejects.toBeInstanceOf(Misconfigured)
  await expect(converting).rejects.toThrow(
    /the foreign key of_task of (public\.)?notes, the view (public\.)?runs would not follow/,
  )
  const { rows } = await client.query('select relkind from pg_class where oid = $1::regclass', ['task_executions'])
  expect(rows).toEqual([{ relkind: 'r' }])
})

test('a row that a wrong clock has dated is named, and stops it', async () => {
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlainTables(client, database)
  await openTestWriter(database)([callIn(1, 0), callIn(2, 25)])
  await expect(partition(database, noStep)).rejects.toThrow(
    new RegExp(`it has rows of ${addMonths(monthOf(new Date()), 25)}, which a wrong clock must have dated`),
  )
})

test('an attempt that was interrupted at any step is finished by the next one', async () => {
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlainTables(client, database)
  const facts = [-2, -1, 0].map((months, i) => callIn(i, months))
  await openTestWriter(database)(facts)
  const expected = await dumpLedger(client)
  let done = false
  let interruptions = 0
  for (let last = 1; !done; last += 1) {
    let steps = 0
    await partition(database, () => {
      steps += 1
      if (steps > last) throw new Error('interrupted')
    }).then(
      () => {
        done = true
      },
      () => {
        interruptions += 1
      },
    )
  }
  expect(interruptions).toBeGreaterThan(5)
  expect(await dumpLedger(client)).toEqual(expected)
})

test('an index that could not be built to its end is built again', async () => {
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlainTables(client, database)
  await openTestWriter(database)([callIn(1, 0)])
  await client.query('create unique index event_logs_pkey_by_month on event_logs (id, timestamp)')
  await client.query("update pg_index set indisvalid = false where indexrelid = 'event_logs_pkey_by_month'::regclass")
  expect(await partition(database, noStep)).toHaveLength(partitionedTables.length)
})

test('while a table is converted, a row of a later month is asked for again', async () => {
  await using empty = await emptyDatabase()
  await using database = openTestDatabase(empty.url)
  await using client = await connect(empty.url)
  await makePlainTables(client, database)
  const end = boundOf(addMonths(monthOf(new Date()), 1))
  await client.query(`alter table token_usage add constraint ${boundConstraint} check (created_at < ${end}) not valid`)
  const write = openTestWriter(database)
  await expect(write([callIn(1, 2)])).rejects.toBeInstanceOf(Unavailable)
  expect(await write([callIn(2, 0)])).toEqual(['committed'])
})
