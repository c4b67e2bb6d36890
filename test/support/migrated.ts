import type { Config } from '../../src/config/load.ts'
import { migrateTenants } from '../../src/prepare-databases.ts'

/** Makes or upgrades the tables as `spanledger migrate` does; returns the names of the default tenant's steps. */
export async function migratedDefault(config: Config): Promise<readonly string[]> {
  return (await migrateTenants(config)).get('')!
}
