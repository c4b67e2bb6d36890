import { checkedTenantName } from '../../store/tenants/tenant-name.ts'
import { dropTenant, tenantContents } from '../../store/tenants/tenants.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading } from '../connect/open-database.ts'

const notDropped = 1

/** Says what goes with a tenant, and drops it where `--yes` is given. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { args, switches, write } = input
  const tenant = checkedTenantName(args[0] ?? '')
  await using database = await openForReading(input, tenant)
  const { tasks, tables, size } = await tenantContents(database)
  const what = `${tasks} tasks, in ${tables} tables of ${size}, in ${database.description}`
  if (!switches.has('yes')) {
    write(`With the tenant ${tenant} go ${what}, and nothing brings them back. To drop it, say --yes.\n`)
    return notDropped
  }
  await dropTenant(database)
  write(`The tenant ${tenant} is dropped: ${what}\n`)
  return undefined
}
