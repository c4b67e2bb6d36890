import type pg from 'pg'

const tables = `
  select replace(format('%I.%I', n.nspname, c.relname), 'public.', '') as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'spanledger') and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'migrations' order by 1`

/** The sums of hours and what is known of them: they are brought up to date from time to time. */
const summed = /rollup/

/** As `everyRow`, without the sums of hours. */
export async function everyRowButSums(client: pg.Client): Promise<Record<string, string[]>> {
  return Object.fromEntries(Object.entries(await everyRow(client)).filter(([table]) => !summed.test(table)))
}

/** Every column of every row of every table, by table; the rows are sorted. */
export async function everyRow(client: pg.Client): Promise<Record<string, string[]>> {
  const { rows: names } = await client.query<{ name: string }>(tables)
  const all: Record<string, string[]> = {}
  for (const { name } of names) {
    const { rows } = await client.query<{ line: string }>(
      `select t::text as line from ${name} t order by t::text collate "C"`,
    )
    all[name] = rows.map(({ line }) => line)
  }
  return all
}
