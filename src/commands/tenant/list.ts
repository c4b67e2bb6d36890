import { openServers } from '../../databases.ts'
import { databaseOf } from '../../store/tenant-servers.ts'
import { tenantsOf } from '../../store/tenants.ts'
import type { CommandInput } from '../command-line/command.ts'
import { onlyExisting } from '../connect/open-database.ts'
import { textTable } from '../formats/text-table.ts'

/** Lists the tenants: the schemas of the database, and those that the settings give a server of their own. */
export async function run({ config, switches, write }: CommandInput): Promise<undefined> {
  await using servers = await openServers(config, onlyExisting(config))
  const tenants = (await tenantsOf(servers)).map((tenant) => ({
    tenant,
    database: databaseOf(servers, tenant).description,
  }))
  if (switches.has('json')) return write(`${JSON.stringify(tenants, null, 2)}\n`)
  if (tenants.length === 0) return write('There is no tenant but the default one.\n')
  write(
    textTable(
      ['tenant', 'database'],
      tenants.map(({ tenant, database }) => [tenant, database]),
    ),
  )
}
