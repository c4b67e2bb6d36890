import { type Config, settings } from '../../config/settings.ts'
import { type Opening, openDatabase } from '../../databases.ts'
import { Misconfigured } from '../../errors.ts'
import type { Database } from '../../store/database.ts'
import { checkMigrated } from '../../store/tables/migrate.ts'
import { checkedTenantName } from '../../store/tenants/tenant-name.ts'
import type { CommandInput } from '../command-line/command.ts'

/** How a command opens the embedded database: none is made. `exclusive`: no other process has it meanwhile. */
export function onlyExisting({ dataDir }: Config, exclusive = false): Opening {
  const onCreate = () => {
    throw new Misconfigured(
      `there is no embedded database in ${dataDir}, and DATABASE_URL is not set. Say which one is meant by --data-dir or --database-url.`,
    )
  }
  return { exclusive, onCreate }
}

/** The tenant that the option `--tenant` names; '' is the default tenant. */
export function tenantOption({ options }: Pick<CommandInput, 'options'>): string {
  const [name] = options.get('tenant') ?? []
  return name === undefined ? '' : checkedTenantName(name)
}

/** What says where the database of a tenant is. */
type Where = Pick<CommandInput, 'config' | 'origins'>

/**
 * The configuration with the database of a tenant: that which the command line names, else the one that `tenants` gives
 * it, else that of the default tenant.
 */
function configFor({ config, origins }: Where, tenant: string): Config {
  const own = config.tenants[tenant]
  return own === undefined || origins.databaseUrl === '--database-url' ? config : { ...config, databaseUrl: own }
}

/** Opens the database of a tenant; none is made. */
export async function openOf(where: Where, tenant: string): Promise<Database> {
  const config = configFor(where, tenant)
  const database = await openDatabase(config, onlyExisting(config))
  return { ...database.forTenant(tenant), [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
}

/** Opens the database of a tenant for a command that reads its tables. Throws `Misconfigured` where they are not up to date. */
export async function openForReading(where: Where, tenant: string): Promise<Database> {
  const database = await openOf(where, tenant)
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
