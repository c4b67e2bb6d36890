import { openDatabase } from '../../databases.ts'
import { Misconfigured } from '../../errors.ts'
import { copyLedger } from '../../store/tables/copy-ledger.ts'
import { checkMigrated, migrate } from '../../store/tables/migrate.ts'
import { listTenants } from '../../store/tenants/tenants.ts'
import type { CommandInput } from '../command-line/command.ts'
import { onlyExisting, openOf, tenantOption } from '../connect/open-database.ts'
import { textTable } from '../formats/text-table.ts'

/**
 * Copies a tenant of the embedded database to a PostgreSQL. No process may serve it meanwhile: later spans would be in one
 * of the two only.
 */
export async function run(input: CommandInput): Promise<undefined> {
  const { config, write } = input
  const tenant = tenantOption(input)
  if (config.databaseUrl === null && config.tenants[tenant] === undefined)
    throw new Misconfigured('DATABASE_URL (or --database-url) must name the PostgreSQL that is copied to.')
  const embedded = { ...config, databaseUrl: null }
  await using source = await openDatabase(embedded, onlyExisting(embedded, true))
  await checkMigrated(source.forTenant(tenant))
  await using target = await openOf(input, tenant)
  await migrate(target)
  const copied = await copyLedger(source.forTenant(tenant), target)
  write(
    textTable(
      ['table', 'rows'],
      copied.map(({ table, rows }) => [table, String(rows)]),
    ),
  )
  const others = (await listTenants(source)).filter((name) => name !== tenant)
  if (tenant === '' && others.length > 0) write(`Not copied yet, by --tenant: ${others.join(', ')}.\n`)
  write(`All of ${source.description} is in ${target.description}; the folder is as it was.\n`)
  write('Try next: npx spanledger serve   (with this DATABASE_URL: new spans go on from here)\n')
}
