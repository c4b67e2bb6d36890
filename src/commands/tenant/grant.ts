import { openServers } from '../../databases.ts'
import { Misconfigured } from '../../errors.ts'
import { checkMigrated } from '../../store/tables/migrate.ts'
import { grantReader } from '../../store/tenants/readers.ts'
import { checkedTenantName } from '../../store/tenants/tenant-name.ts'
import { databaseOf } from '../../store/tenants/tenant-servers.ts'
import { tenantsOf } from '../../store/tenants/tenants.ts'
import { factTableNames } from '../../transaction/tables/fact-tables.ts'
import type { CommandInput } from '../command-line/command.ts'
import { onlyExisting } from '../connect/open-database.ts'

const mostNamed = 5
const readsElsewhere = 1

/** Lets a role read the tables of one tenant, and says what else it may read. */
export async function run({ config, args, options, switches, write }: CommandInput): Promise<number | undefined> {
  const tenant = args[0] === undefined ? '' : checkedTenantName(args[0])
  const [role] = options.get('role') ?? []
  if (role === undefined) throw new Misconfigured('--role must name the role that may read.')
  if (config.databaseUrl === null)
    throw new Misconfigured("the embedded database is its owner's alone, and has no roles: grants need a PostgreSQL.")
  await using servers = await openServers(config, onlyExisting(config))
  const database = databaseOf(servers, tenant)
  await checkMigrated(database)
  const others = (await tenantsOf(servers)).filter((other) => other !== tenant)
  const granted = await grantReader(database, { role, tables: factTableNames, others })
  if (switches.has('json')) write(`${JSON.stringify({ tenant, role, ...granted })}\n`)
  else write(textOf(tenant, role, granted))
  return granted.elsewhere.length > 0 ? readsElsewhere : undefined
}

function textOf(
  tenant: string,
  role: string,
  { tables, elsewhere }: { readonly tables: readonly string[]; readonly elsewhere: readonly string[] },
): string {
  const whose = tenant === '' ? 'the default tenant' : `the tenant ${tenant}`
  const path =
    tenant === '' ? '' : `Its queries hold as they are written with: alter role ${role} set search_path = ${tenant}\n`
  const granted = `The role ${role} may read ${tables.length} tables of ${whose}: ${tables.join(', ')}\n${path}`
  if (elsewhere.length === 0) return granted
  const named = elsewhere.slice(0, mostNamed).join(', ')
  const more = elsewhere.length > mostNamed ? ` and ${elsewhere.length - mostNamed} more` : ''
  return `${granted}By other grants it may read ${named}${more} as well: revoke these from it, from roles that it is a member of, or from public.\n`
}
