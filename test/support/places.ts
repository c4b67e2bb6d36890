import type pg from 'pg'
import type { Database } from '../../src/store/database.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import type { Settings } from './command.ts'
import { clientOf, freshTables, openFolder } from './embedded.ts'
import { connect, freshDatabase } from './postgres.ts'

/** A ledger without rows, on either database, for one test. */
export interface Place extends AsyncDisposable {
  /** The receiver's `DATABASE_URL`: empty for the embedded database. */
  readonly url: string
  /** What it needs besides. */
  readonly settings: Settings
  /** As a receiver has it. */
  open(): Promise<Database>
  /** Looks at the rows; at those of an embedded database that a receiver has, through its socket. */
  connect(): Promise<pg.Client & AsyncDisposable>
}

const both = ['PostgreSQL', 'the embedded database'] as const

/** The names of the two databases, for `describe.each`; where an older PostgreSQL is tried, that one alone. */
export const databases: readonly (typeof both)[number][] = process.env.SPANLEDGER_TEST_POSTGRES ? ['PostgreSQL'] : both

export function freshPlace(database: (typeof both)[number]): Promise<Place> {
  return database === 'PostgreSQL' ? freshPostgres() : freshEmbedded()
}

async function freshPostgres(): Promise<Place> {
  const database = await freshDatabase()
  const { url } = database
  return {
    url,
    settings: {},
    open: async () => openPostgres({ url, connections: 4, connectTimeoutMs: 60_000, description: 'test' }),
    connect: () => connect(url),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  }
}

async function freshEmbedded(): Promise<Place> {
  const folder = await freshTables()
  return {
    url: '',
    settings: { SPANLEDGER_DATA_DIR: folder.path },
    open: () => openFolder(folder.path, { exclusive: true }),
    connect: async () => {
      const database = await openFolder(folder.path)
      return Object.assign(clientOf(database), { [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() })
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}
