import { checkDistributes, distributeTenant } from '../../store/citus.ts'
import { migrate } from '../../store/tables/migrate.ts'
import { checkedTenantName } from '../../store/tenants/tenant-name.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openOf } from '../connect/open-database.ts'

/**
 * Makes the schema of a tenant with its tables and books. A tenant that exists is brought up to date, and moved where
 * `--distribute` asks for it.
 */
export async function run(input: CommandInput): Promise<undefined> {
  const { config, args, origins, switches, write } = input
  const tenant = checkedTenantName(args[0] ?? '')
  await using database = await openOf(input, tenant)
  if (switches.has('distribute')) await checkDistributes(database)
  const applied = await migrate(database)
  const distributed = switches.has('distribute') && (await distributeTenant(database))
  const { description } = database
  if (switches.has('json')) return write(`${JSON.stringify({ tenant, database: description, applied, distributed })}\n`)
  write(
    applied.length > 0
      ? `The tenant ${tenant} is made in ${description}\n`
      : `The tenant ${tenant} is in ${description} already, and up to date\n`,
  )
  if (switches.has('distribute'))
    write(distributed ? `Its schema is on a node of Citus now\n` : `Its schema is on a node of Citus already\n`)
  if (origins.databaseUrl === '--database-url' && config.tenants[tenant] !== config.databaseUrl)
    write(
      `Receivers of another database find it by their file: tenants: { ${tenant}: { database_url: ${description} } }\n`,
    )
}
