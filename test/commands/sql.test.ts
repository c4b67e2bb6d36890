import { describe, expect, test } from 'vitest'
import { isOpen, splitStatements } from '../../src/commands/sql/split-statements.ts'
import * as sql from '../../src/commands/sql/sql.ts'
import { outcomeOf, runCommand } from '../support/command.ts'
import { freshTables } from '../support/embedded.ts'
import { printed } from '../support/look.ts'
import { smallRun, tracesRequest } from '../support/otlp.ts'
import { connect, freshDatabase } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { sendAll } from '../support/send.ts'

describe('statements end at semicolons, but for those', () => {
  test.each([
    ['in quotes', "select ';', 'it''s;'; select 2"],
    ['in names', 'select 1 as ";"; select 2'],
    ['in dollar quotes', 'select $a$ ; $$ ; $a$; select 2'],
    ['in comments', 'select 1 -- ; no\n/* ; */; select 2'],
  ])('%s', (_, text) => {
    const { statements, rest } = splitStatements(text)
    expect(statements).toHaveLength(1)
    expect(rest).toBe('select 2')
    expect(isOpen(text)).toBe(false)
  })

  test.each(["select 'a;", 'select "a;', 'select $$ a;', 'select /* a;'])('%s goes on', (text) =>
    expect(isOpen(text)).toBe(true),
  )
})

describe('on either database, spanledger sql', () => {
  const refusals = [
    ['a delete', 'delete from users', /only queries are run here/],
    ['a delete in a query', 'with x as (delete from users returning 1) select * from x', /data-modifying/],
    ['two statements in one', "select 1 /* ; */ union select 2 where 'a' = $$;$$ ; delete from users", /only queries/],
    ['an explain that runs a delete', 'explain analyze delete from users', /read-only transaction/],
    ['a copy to a program behind comments', "/* /* */ show x */ copy users to program 'true'", /only queries/],
    ['a copy behind a query in comments', "/* /* */ select 1 */ copy users to program 'true'", /syntax error/],
    ['an end of the transaction', 'commit', /only queries are run here/],
    [
      'a function that writes',
      "select set_config('transaction_read_only', 'off', true), nextval('s')",
      /read.write mode|read-only/,
    ],
    ['a mistake', 'select * from nowhere', /relation "nowhere" does not exist \(42P01\)/],
  ] as const

  test.each(['PostgreSQL', 'the embedded database of a receiver that runs'])(
    'reads, and changes nothing: %s',
    async (kind) => {
      await using folder = await freshTables()
      await using database = await freshDatabase()
      const settings: Record<string, string> =
        kind === 'PostgreSQL' ? { DATABASE_URL: database.url } : { SPANLEDGER_DATA_DIR: folder.path }
      await using receiver = await openTestReceiver(settings.DATABASE_URL ?? '', { DATABASE_URL: '', ...settings })
      await sendAll([tracesRequest(smallRun('wf-1'))], [receiver.http])
      const ask = (text: string, options: Record<string, string[]> = {}, width: number | null = null) =>
        printed(sql, { settings, width, options: { command: [text], ...options } })
      if (kind === 'PostgreSQL') {
        await using client = await connect(database.url)
        await client.query('create sequence s')
      }
      for (const [what, text, message] of refusals) {
        const { code, errors } = await ask(text)
        if (kind !== 'PostgreSQL' && text.includes('nextval')) continue
        expect(errors, what).toMatch(message)
        expect(code, what).toBe(1)
      }
      const { output } = await ask(
        'select workflow_id, total_cost_nano_usd, total_tokens, metadata, completed_at is null, null as n from task_executions',
        { json: [] },
      )
      expect(JSON.parse(output)).toEqual([
        {
          workflow_id: 'wf-1',
          total_cost_nano_usd: '4500',
          total_tokens: 15,
          metadata: { service: 'test-agent' },
          '?column?': false,
          n: null,
        },
      ])
      expect((await ask('select n from generate_series(1, 1234) as n')).output.split('\n')).toHaveLength(1235)
      expect(await ask('select n from generate_series(1, 9) as n', { rows: ['3'] })).toMatchObject({
        output: '1\n2\n3\n',
        errors: 'These are the first 3 rows: --rows says how many are wanted.\n',
      })
      expect((await ask("select 'a' as x, 1.50 as y; \\x; select 2 as z", {}, 80)).output).toBe(
        'x     y\na  1.50\n-[ 1 ]\nz | 2\n',
      )
      expect((await ask('\\d users')).output).toMatch(
        /^external_id\tcharacter varying\(255\)\tnot null\tAs spans name the user/m,
      )
      expect((await ask('\\timing; select 1')).errors).toMatch(/^Timing: on\nTime: [\d.]+ ms\n$/)
      expect((await ask('select 1', {}, 80)).output).toBe('?column?\n       1\n')
      await sendAll([tracesRequest(smallRun('wf-2'))], [receiver.http])
    },
  )

  test('a statement that takes too long is ended', async () => {
    await using database = await freshDatabase()
    const { code, errors } = await printed(sql, {
      settings: { DATABASE_URL: database.url },
      options: { command: ['select pg_sleep(60)'], timeout: ['1'] },
    })
    expect(errors).toBe('canceling statement due to statement timeout (57014)\n')
    expect(code).toBe(1)
  })

  test('reads standard input, and ends with 0 when nobody reads its output', async () => {
    await using database = await freshDatabase()
    const settings = { DATABASE_URL: database.url }
    expect(await outcomeOf(['sql', '-c', "values ('a', 1), ('b', 2)", '--header'], settings)).toEqual({
      code: 0,
      output: 'column1\tcolumn2\na\t1\nb\t2\n',
    })
    await using run = runCommand(['sql', '-c', "select repeat('x', 1000) from generate_series(1, 1000000)"], settings)
    run.process.stdout?.once('data', () => run.process.stdout?.destroy())
    expect(await run.exited).toBe(0)
  })
})
