import { type Config, settings } from '../../config/settings.ts'
import { Misconfigured } from '../../errors.ts'
import { openDatabase } from '../../receiver.ts'
import type { Database } from '../../store/database.ts'
import { checkMigrated } from '../../store/tables/migrate.ts'

/** The database that is there; none is made. `alone`: it is nobody else's meanwhile. */
export function openExisting(
  config: Config,
  { exclusive = false }: { readonly exclusive?: boolean } = {},
): Promise<Database> {
  const onCreate = () => {
    throw new Misconfigured(
      `there is no embedded database in ${config.dataDir}, and DATABASE_URL is not set. Say which one is meant by --data-dir or --database-url.`,
    )
  }
  return openDatabase(config, { exclusive, onCreate })
}

/** The database for a command that looks at its tables: they must be there and up to date. */
export async function openForReading(config: Config): Promise<Database> {
  const database = await openExisting(config)
  try {
    await checkMigrated(database)
    return database
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

/** What another command needs in order to look into the same database; DATABASE_URL it has from its environment. */
export function placeFlag({ databaseUrl, dataDir }: Config): string {
  return databaseUrl !== null || dataDir === settings.dataDir.default ? '' : ` --data-dir ${dataDir}`
}
