import { expect, test } from 'vitest'
import { migrate } from '../../src/store/tables/migrate.ts'
import { type Comment, commentsFile, commentsSql, documentedComments, readDocument } from '../support/documents.ts'
import { openTestDatabase } from '../support/fresh-ledger.ts'
import { connect, emptyDatabase } from '../support/postgres.ts'

const commentsInDatabase = `
  select replace(n.nspname || '.', 'public.', '') || c.relname as "table", a.attname as "column",
    case when a.attname is null then obj_description(c.oid, 'pg_class') else col_description(c.oid, a.attnum) end as text
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'spanledger')
  union all
  select replace(n.nspname || '.', 'public.', '') || c.relname, null, obj_description(c.oid, 'pg_class')
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'spanledger')`

test('the comments in the source are made of docs/tables.md (npm run docs)', () => {
  expect(readDocument(commentsFile)).toBe(commentsSql())
})

test('every table and column of a new database has its comment, and a comment that is there already stays', async () => {
  await using database = await emptyDatabase()
  await using client = await connect(database.url)
  await client.query(`
    create table users (id uuid primary key, external_id varchar(255) unique not null);
    comment on table users is 'ours'; comment on column users.id is 'our key'`)
  await using opened = openTestDatabase(database.url)
  await migrate(opened)
  const { rows } = await client.query<Comment>(commentsInDatabase)
  const texts = new Map(rows.map(({ table, column, text }) => [`${table} ${column}`, text]))
  const documented = new Map(documentedComments().map(({ table, column, text }) => [`${table} ${column}`, text]))
  documented.set('users null', 'ours').set('users id', 'our key')
  expect(documented.size).toBeGreaterThan(150)
  expect(Object.fromEntries(texts)).toEqual(Object.fromEntries(documented))
})
