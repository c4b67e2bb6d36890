import { mkdir } from 'node:fs/promises'
import type pg from 'pg'
import { inject } from 'vitest'
import type { Database } from '../../src/store/database.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { madeOnce } from './once.ts'
import { connect, freshDatabase } from './postgres.ts'

/** A PostgreSQL with the tables and no row, opened as a receiver opens it, and a client that looks at the rows. */
export interface TestLedger extends AsyncDisposable {
  readonly url: string
  readonly database: Database
  readonly client: pg.Client
}

const template = 'ledger_template'

/** Copies a database that is migrated once in a test run: about 100 ms. */
export async function freshLedger(): Promise<TestLedger> {
  await madeOnce(template, async (folder) => {
    await using server = await connect(inject('postgresUrl'))
    await server.query(`create database ${template}`)
    const url = new URL(inject('postgresUrl'))
    url.pathname = template
    await using database = openTestDatabase(url.href)
    await migrate(database)
    await mkdir(folder)
  })
  const fresh = await freshDatabase(template)
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
