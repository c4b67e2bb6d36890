import type pg from 'pg'
import { expect } from 'vitest'

/** Each row of each table of ours, bytes as the text that they may hold. */
export async function everythingIn(client: pg.Client): Promise<string> {
  const tables = await client.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'spanledger')",
  )
  expect(tables.rows.length).toBeGreaterThan(10)
  const parts: string[] = []
  for (const { name } of tables.rows) {
    const { rows } = await client.query<Record<string, unknown>>(`select * from ${name}`)
    parts.push(...rows.flatMap(Object.values).map(textOf))
  }
  return parts.join('\n')
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString() : JSON.stringify(value)
}
