import { type Config, settings } from '../../config/settings.ts'
import { Misconfigured } from '../../errors.ts'
import { openDatabase } from '../../receiver.ts'
import type { Database } from '../../store/database.ts'
import { checkMigrated } from '../../store/tables/migrate.ts'

/** Opens the database that the settings name; none is made. `exclusive`: no other process has it meanwhile. */
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

/** Opens the database for a command that reads its tables. Throws `Misconfigured` where they are not up to date. */
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

/** The flag with which another command opens the same database; it has DATABASE_URL from its environment. */
export function databaseFlag({ databaseUrl, dataDir }: Config): string {
  return databaseUrl !== null || dataDir === settings.dataDir.default ? '' : ` --data-dir ${dataDir}`
}
