import { expect, test } from 'vitest'
import { sqlFiles } from '../../../src/store/sql-files.ts'

/** Migrations before this rule; all of their statements were taken before there was a version to upgrade. */
const before = '010'

/**
 * What the receivers of the version before can't write beside, or what makes them wait for as long as a table is read. A
 * column that is not null needs a default for rows that they insert; it must not be a volatile one, which rewrites the table.
 */
const refused: Readonly<Record<string, RegExp>> = {
  'drops something': /\bdrop\b(?! default)/i,
  'renames something': /\brename\b/i,
  'changes a type': /\balter column \S+ (set data )?type\b/i,
  'lets a column be null no more': /\bset not null\b/i,
  'adds a column that must be given': /\badd column\b(?![^,;]*\bdefault\b)[^,;]*\bnot null\b/i,
  'fills a column row by row':
    /\badd column\b[^,;]*\bdefault (gen_random_uuid|uuid_generate_v4|random|clock_timestamp)/i,
  'reads a table under a lock': /\badd (constraint|check|foreign key|unique)\b(?![^;]*\bnot valid\b)/i,
  'empties a table': /\btruncate\b/i,
}

/** A migration that removes what the version that it names was the last to use begins with this. */
const contracts = /^-- contract: not used since (\d+\.\d+)\b/m

function faultsOf(sql: string): string[] {
  if (contracts.test(sql)) return []
  const statements = sql.replaceAll(/^--.*$/gm, '').split(/\n{2,}/)
  const ofExisting = statements.filter((text) => !/^\s*create (table|function)\b/i.test(text))
  return Object.keys(refused).filter((fault) => ofExisting.some((text) => refused[fault]!.test(text)))
}

test.each([...sqlFiles('store/tables/migrations')].filter(([name]) => name > before))(
  'the migration %s only adds, so that receivers of the version before go on beside it',
  (_, sql) => {
    expect(faultsOf(sql)).toEqual([])
  },
)

test.each([
  ['drops something', 'alter table traces drop column epoch;'],
  ['renames something', 'alter table traces rename to all_traces;'],
  ['changes a type', 'alter table traces alter column version type integer;'],
  ['lets a column be null no more', 'alter table workflows alter column state set not null;'],
  ['adds a column that must be given', 'alter table traces add column kind text, add column sort int not null;'],
  ['fills a column row by row', 'alter table traces add column id uuid not null default gen_random_uuid();'],
  ['reads a table under a lock', 'alter table days add constraint known check (state is not null);'],
  ['empties a table', 'truncate reports;'],
])('a migration that %s is refused, unless it is a contraction', (fault, sql) => {
  expect(faultsOf(sql)).toEqual([fault])
  expect(faultsOf(`-- contract: not used since 0.2\n${sql}`)).toEqual([])
})

test.each([
  'create table moves (id uuid primary key, state text not null);',
  'alter table traces add column last date not null default current_date;',
  'alter table workflows add column pruned text;',
  'alter table days add constraint known check (state is not null) not valid;',
])('a migration that only adds is none of these: %s', (sql) => {
  expect(faultsOf(sql)).toEqual([])
})
