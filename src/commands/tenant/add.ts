import { migrate } from '../../store/tables/migrate.ts'
import { checkedTenantName } from '../../store/tenant-name.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openOf } from '../connect/open-database.ts'

/** Makes the schema of a tenant with its tables and books. A tenant that exists is brought up to date. */
export async function run(input: CommandInput): Promise<undefined> {
  const { config, args, origins, switches, write } = input
  const tenant = checkedTenantName(args[0] ?? '')
  await using database = await openOf(input, tenant)
  const applied = await migrate(database)
  const { description } = database
  if (switches.has('json')) return write(`${JSON.stringify({ tenant, database: description, applied })}\n`)
  write(
    applied.length > 0
      ? `The tenant ${tenant} is made in ${description}\n`
      : `The tenant ${tenant} is in ${description} already, and up to date\n`,
  )
  if (origins.databaseUrl === '--database-url' && config.tenants[tenant] !== config.databaseUrl)
    write(
      `Receivers of another database find it by their file: tenants: { ${tenant}: { database_url: ${description} } }\n`,
    )
}
