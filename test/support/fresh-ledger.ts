import type pg from 'pg'
import type { Database } from '../../src/store/database.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { connect, freshDatabase } from './postgres.ts'

/** A PostgreSQL with the tables and no row, opened as a receiver opens it, and a client that looks at the rows. */
export interface TestLedger extends AsyncDisposable {
  readonly url: string
  readonly database: Database
  readonly client: pg.Client
}

/** Makes a database of the test's own. */
export async function freshLedger(): Promise<TestLedger> {
  const fresh = await freshDatabase()
  const database = openTestDatabase(fresh.url)
  const client = await connect(fresh.url)
  return {
    url: fresh.url,
    database,
    client,
    async [Symbol.asyncDispose]() {
      await client.end()
      await database[Symbol.asyncDispose]()
      await fresh[Symbol.asyncDispose]()
    },
  }
}

/** Opens a database with two connections. */
export function openTestDatabase(url: string): Database {
  return openPostgres({ url, connections: 2, connectTimeoutMs: 60_000, description: 'test' })
}
