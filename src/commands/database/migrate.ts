import { Misconfigured } from '../../errors.ts'
import { migrateTenants } from '../../prepare-databases.ts'
import { migrate, type PlannedStep, planMigration } from '../../store/tables/migrate.ts'
import { listTenants } from '../../store/tenants/tenants.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openOf, tenantOption } from '../connect/open-database.ts'

/** Brings the tables up to date and names the steps taken; with `--plan` prints the steps' SQL instead. */
export async function run(input: CommandInput): Promise<undefined> {
  const { switches, write } = input
  if (switches.has('plan')) {
    await using database = await openOf(input, tenantOption(input))
    return write(asScript(await planMigration(database)))
  }
  const applied = await migrateThose(input)
  if (switches.has('json')) return write(`${JSON.stringify(asJson(applied))}\n`)
  for (const [tenant, steps] of applied) write(`${tenant === '' ? '' : `${tenant}: `}${sentence(steps)}\n`)
}

/** Returns the steps taken by tenant: of all tenants, or of the one that is named. */
async function migrateThose(input: CommandInput): Promise<ReadonlyMap<string, readonly string[]>> {
  if (!input.options.has('tenant')) return migrateTenants(input.config)
  const tenant = tenantOption(input)
  await using database = await openOf(input, tenant)
  // a name that is mistyped makes no schema
  if (tenant !== '' && input.config.tenants[tenant] === undefined && !(await listTenants(database)).includes(tenant))
    throw new Misconfigured(
      `there is no tenant ${tenant} in ${database.description}: \`spanledger tenant add ${tenant}\` makes it.`,
    )
  return new Map([[tenant, await migrate(database)]])
}

function asJson(applied: ReadonlyMap<string, readonly string[]>): object {
  const { '': own = [], ...tenants } = Object.fromEntries(applied)
  return { applied: own, ...(Object.keys(tenants).length > 0 && { tenants }) }
}

function sentence(steps: readonly string[]): string {
  return steps.length > 0 ? `Applied ${steps.join(', ')}` : 'The tables are up to date'
}

/** Writes the steps as a script for psql: one transaction, so that either all of it is done or nothing. */
function asScript(steps: readonly PlannedStep[]): string {
  if (steps.length === 0) return '-- The tables are up to date: there is nothing to do.\n'
  // `if not exists` raises a notice for everything that exists
  const begin = 'begin;\nset local client_min_messages = warning;'
  return `${[begin, ...steps.map(stepText), 'commit;'].join('\n\n')}\n`
}

function stepText({ name, why, statements }: PlannedStep): string {
  return [`-- ${name}`, ...why.split('\n').map((line) => `-- ${line}`), '', ...statements].join('\n')
}
