import { cp, mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import type { Database } from '../../src/store/database.ts'
import { openEmbedded } from '../../src/store/embedded/embedded.ts'
import { migrate } from '../../src/store/tables/migrate.ts'
import { dataFolder } from './data-folder.ts'
import { madeOnce } from './once.ts'

/** A folder of a test, which goes with it. */
export type TestFolder = { readonly path: string } & AsyncDisposable

/** A folder in which nothing is yet. */
export async function freshFolder(): Promise<TestFolder> {
  const folder = await mkdtemp(path.join(dataFolder, 'spanledger-embedded-'))
  return {
    path: path.join(folder, 'data'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A folder with an embedded database that has its tables and no row: to make one takes seconds, to copy it none. */
export async function freshTables(): Promise<TestFolder> {
  const made = await madeOnce('embedded', async (unfinished) => {
    await using database = await openFolder(unfinished, { exclusive: true })
    await migrate(database)
  })
  const folder = await freshFolder()
  await cp(made, folder.path, { recursive: true })
  return folder
}

/** The embedded database in a folder, as its owner or else through the owner's socket; made where it isn't there. */
export function openFolder(folder: string, { exclusive = false, maxHoldMs = 300_000 } = {}): Promise<Database> {
  return openEmbedded({ folder, exclusive, maxHoldMs, onCreate: () => {} })
}

/** What reads rows in tests, as far as they use it: each query is a transaction. */
export function clientOf(database: Database): pg.Client {
  const query = async (sql: string, values?: unknown[]) => ({
    rows: await database.transaction((session) => session.query(sql, values), {
      lockTimeoutMs: 300_000,
      statementTimeoutMs: 300_000,
    }),
  })
  return { query } as unknown as pg.Client
}
