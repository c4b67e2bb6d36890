import { openServers } from '../../databases.ts'
import { databaseOf } from '../../store/tenants/tenant-servers.ts'
import { type TenantState, tenantStates } from '../../store/tenants/tenants.ts'
import type { CommandInput } from '../command-line/command.ts'
import { onlyExisting } from '../connect/open-database.ts'
import { textTable } from '../formats/text-table.ts'

const stateTexts: Record<TenantState, (tenant: string) => string> = {
  made: () => 'made',
  'not made': (tenant) => `not made: \`spanledger tenant add ${tenant}\``,
  away: () => 'its server is away',
}

/** Lists the tenants: the schemas of the database, and those that the settings give a server of their own. */
export async function run({ config, switches, write }: CommandInput): Promise<undefined> {
  await using servers = await openServers(config, onlyExisting(config))
  const tenants = (await tenantStates(servers)).map(({ tenant, state }) => ({
    tenant,
    database: databaseOf(servers, tenant).description,
    state,
  }))
  if (switches.has('json')) return write(`${JSON.stringify(tenants, null, 2)}\n`)
  if (tenants.length === 0) return write('There is no tenant but the default one.\n')
  write(
    textTable(
      ['tenant', 'database', 'state'],
      tenants.map(({ tenant, database, state }) => [tenant, database, stateTexts[state](tenant)]),
    ),
  )
}
