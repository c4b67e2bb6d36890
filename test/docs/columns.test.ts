import { expect, test } from 'vitest'
import { migrate } from '../../src/store/tables/migrate.ts'
import { factTables } from '../../src/transaction/tables/fact-tables.ts'
import { readDocument } from '../support/documents.ts'
import { freshPlace } from '../support/places.ts'

interface DescribedColumn {
  /** `table.column` */
  readonly name: string
  readonly type: string
  readonly meaning: string
}

function describedColumns(): DescribedColumn[] {
  return readDocument('docs/tables.md')
    .split(/^### /m)
    .flatMap((section) => {
      const table = section.split('\n', 1)[0]!
      const rows = section.matchAll(/^\| `(\w+)` \| ([^|]+) \|[^|]*\| ([^|]+) \|$/gm)
      return [...rows].map(([, column, type, meaning]) => ({
        name: `${table}.${column}`,
        type: type!,
        meaning: meaning!,
      }))
    })
}

const columns = `
  select replace(n.nspname || '.', 'public.', '') || c.relname || '.' || a.attname as name,
    replace(replace(format_type(a.atttypid, a.atttypmod), 'character varying', 'varchar'),
      'timestamp with time zone', 'timestamptz') as type
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'spanledger')`

test('every column of a new database is described with its type, and no other', async () => {
  await using place = await freshPlace('PostgreSQL')
  await using database = await place.open()
  await migrate(database)
  const found = await database.transaction((session) => session.query<{ name: string; type: string }>(columns))
  expect(found.length).toBeGreaterThan(100)
  const types = (list: readonly { name: string; type: string }[]) =>
    Object.fromEntries(list.map(({ name, type }) => [name, type]))
  expect(types(describedColumns())).toEqual(types(found))
})

test.each(Object.values(factTables))('the columns of $name that nothing fills are described so', (table) => {
  const written = new Set(table.columns.map(({ name }: { name: string }) => `${table.name}.${name}`))
  const described = describedColumns().filter(({ name }) => name.startsWith(`${table.name}.`))
  const unfilled = described.filter(({ meaning }) => /^(Not filled|When the row was made)/.test(meaning))
  expect(unfilled.map(({ name }) => name)).toEqual(
    described.map(({ name }) => name).filter((name) => !written.has(name)),
  )
})
