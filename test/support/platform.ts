import { readFileSync } from 'node:fs'
import path from 'node:path'
import type pg from 'pg'

/** The two kinds of platforms; their tools differ. */
export type Variant = 'newer' | 'older'

const tables = [
  ...['users', 'task_executions', 'event_logs', 'token_usage', 'tool_executions', 'agent_executions'],
  'usage_daily_aggregates',
]

/** The platform's rows are written at this time, whichever database they are in. */
export const platformNow: Date = new Date()

/** Reads a file of `test/support/platform`. */
export function platformSql(file: string): string {
  const sql = readFileSync(path.join(import.meta.dirname, 'platform', `${file}.sql`), 'utf8')
  return file.endsWith('rows') ? sql.replaceAll('now()', `timestamptz '${platformNow.toISOString()}'`) : sql
}

/** Makes a platform's tables, with rows of its own. */
export async function makePlatform(client: pg.Client, variant: Variant): Promise<void> {
  for (const file of ['tables', variant, 'rows', `${variant}-rows`]) await client.query(platformSql(file))
}

/** All rows of the platform, which Spanledger's are told from by the version of their ids, without columns that came later. */
export async function platformRows(client: pg.Client, columns?: Columns): Promise<string[]> {
  const rows: string[] = []
  for (const table of await present(client)) {
    const of = (columns ?? (await platformColumns(client))).get(table)
    if (of === undefined) continue
    const { rows: found } = await client.query<{ row: string }>(
      `select (select jsonb_object_agg(key, value) from jsonb_each(to_jsonb(t)) where key = any ($1))::text as row
       from ${table} t where substr(id::text, 15, 1) = '4' order by id`,
      [of],
    )
    rows.push(...found.map(({ row }) => `${table} ${row}`))
  }
  return rows
}

/** The names of the columns of each table. */
export type Columns = ReadonlyMap<string, readonly string[]>

export async function platformColumns(client: pg.Client): Promise<Columns> {
  const { rows } = await client.query<{ table: string; columns: string[] }>(
    `select table_name as table, array_agg(column_name::text) as columns from information_schema.columns
     where table_name = any ($1) group by 1`,
    [tables],
  )
  return new Map(rows.map(({ table, columns }) => [table, columns]))
}

/** Deletes them, so that what is left can be held against what Spanledger must have written. */
export async function deletePlatformRows(client: pg.Client): Promise<void> {
  for (const table of [...(await present(client))].reverse()) {
    const used =
      table === 'users' ? 'and id not in (select user_id from task_executions where user_id is not null)' : ''
    await client.query(`delete from ${table} where substr(id::text, 15, 1) = '4' ${used}`)
  }
}

async function present(client: pg.Client): Promise<string[]> {
  const there = await platformColumns(client)
  return tables.filter((table) => there.has(table))
}

/** What the catalogue says of the columns, constraints and indexes of these tables and of Spanledger's own. */
export async function describeTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(
    `select concat_ws(' ', c.oid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end,
       'default ' || pg_get_expr(d.adbin, d.adrelid)) as line
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
     where c.relkind in ('r', 'p') and (c.oid::regclass::text = any ($1) or c.oid::regclass::text like 'spanledger.%')
     union all
     select pg_get_indexdef(i.indexrelid) from pg_index i
     where i.indrelid::regclass::text = any ($1) or i.indrelid::regclass::text like 'spanledger.%'
     union all
     select concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid)) from pg_constraint
     where contype <> 'n' and (conrelid::regclass::text = any ($1) or conrelid::regclass::text like 'spanledger.%')
     order by 1`,
    [tables],
  )
  return rows.map(({ line }) => line)
}
