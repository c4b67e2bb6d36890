import { expect, test } from 'vitest'
import { outcomeOf } from '../../support/command.ts'
import { connect, freshDatabase } from '../../support/postgres.ts'

/** Inserts refused spans, the first seen last: `span 1`, `span 2`, … */
async function insertRefused(url: string, count: number): Promise<void> {
  await using client = await connect(url)
  await client.query(
    `insert into spanledger.refused_spans (id, tenant, signal, trace, span, name, reason, message, format, body, last_at)
     select gen_random_uuid(), '', 'traces', '', '', 'span ' || n, 'invalid-trace-id', 'no trace', 'json', '',
       timestamptz '2026-01-01T00:00:00Z' - n * interval '1 s'
     from generate_series(1, $1::int) n`,
    [count],
  )
}

test('refused list prints the latest hundred refused spans, with --all each of them', async () => {
  await using database = await freshDatabase()
  const settings = { DATABASE_URL: database.url }
  expect(await outcomeOf(['migrate'], settings)).toMatchObject({ code: 0 })
  expect(await outcomeOf(['refused', 'list'], settings)).toEqual({ code: 0, output: 'Nothing is refused.\n' })
  await insertRefused(database.url, 101)

  const { code, output } = await outcomeOf(['refused', 'list'], settings)
  const [heads, first, ...rest] = output.trimEnd().split('\n')
  expect(heads).toMatch(/^id +last seen +times +what +reason$/)
  expect(first).toMatch(/^\w{8} +2025-12-31T23:59:59Z +1 +span span 1 +no trace$/)
  expect(rest.at(-2)).toContain('span 100 ')
  expect(rest.at(-1)).toBe('There may be more: --all lists them.')
  expect(code).toBe(0)
  expect((await outcomeOf(['refused', 'list', '--all'], settings)).output.trimEnd().split('\n')).toHaveLength(102)
  expect(JSON.parse((await outcomeOf(['refused', 'list', '--all', '--json'], settings)).output)).toHaveLength(101)
})
