import { randomBytes } from 'node:crypto'
import { styleText } from 'node:util'
import { Misconfigured } from '../../errors.ts'
import type { Database } from '../../store/database.ts'
import { removeRun, removeUser } from '../../transaction/forget/remove-run.ts'
import { type RunRows, readRun } from '../../transaction/read/read-run.ts'
import type { CommandInput } from '../command-line/command.ts'
import { localAddress } from '../connect/local-address.ts'
import { databaseFlag, openForReading, tenantOption } from '../connect/open-database.ts'
import { differences } from './compare-rows.ts'
import type { ExpectedRows } from './recorded-steps.ts'
import { mustListen, receiverExporter, sendWorkflow } from './send-workflow.ts'
import { rowsText } from './show-rows.ts'
import { tenantExporter } from './write-spans.ts'

const rowsDiffer = 1

/**
 * Runs a workflow against the receiver that runs, or into the tables of a tenant, shows the rows that it made, and compares them with what it did. The
 * run is removed at the end, whatever happened, unless `--keep` is given. It has a user of its own, so that the days of
 * no other user change meanwhile.
 */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { config, switches, write, writeError } = input
  const tenant = tenantOption(input)
  const address = localAddress(config.grpcListen)
  if (tenant === '') await mustListen(address)
  await using database = await openForReading(input, tenant)
  const id = `demo-${randomBytes(4).toString('hex')}`
  const user = `${id}-ada`
  const isKept = switches.has('keep')
  let differ: readonly string[]
  try {
    const exporter =
      tenant === '' ? receiverExporter(address, config.tlsCertFile !== null) : tenantExporter(config, database)
    const expected = await sendWorkflow({ exporter, prices: config.prices, run: { id, user } })
    const rows = await readRun(database, id)
    if (rows.task_executions.length === 0) throw new Misconfigured(elsewhere(address, database))
    write(`A workflow with scripted models ran here, ${wayOf(tenant, address)} and are committed.\n`)
    differ = showRows({ rows, expected, database, write, writeError })
  } finally {
    if (!isKept) await removeDemo(database, id, user, writeError)
  }
  if (isKept)
    write(
      `Try next: npx spanledger explain ${id}${tenant === '' ? '' : ` --tenant ${tenant}`}${databaseFlag(config)}\n`,
    )
  else write('Its rows are taken out again, of the sums of the day too (--keep leaves them, to look at and explain).\n')
  return differ.length === 0 ? undefined : rowsDiffer
}

/** A receiver takes what has no credential for the default tenant. */
function wayOf(tenant: string, address: string): string {
  return tenant === ''
    ? `its spans went to ${address} by OTLP/gRPC`
    : `its spans were written into the tenant ${tenant} as by an app that exports by itself`
}

interface Shown extends Pick<CommandInput, 'write' | 'writeError'> {
  readonly rows: RunRows
  readonly expected: ExpectedRows
  readonly database: Database
}

/** Returns where the rows differ from what is expected. */
function showRows({ rows, expected, database, write, writeError }: Shown): readonly string[] {
  const hasStyles = process.stdout.isTTY && !process.env.NO_COLOR
  write(`These are its rows in ${database.description}:\n`)
  write(rowsText(rows, (table) => (hasStyles ? styleText('bold', table) : table)))
  const differ = differences(expected, rows)
  if (differ.length === 0)
    write('\nAll of it is what the workflow did: every event, token, nano-dollar and tool, once.\n')
  else writeError(`\nThe rows are not what the workflow did:\n${differ.map((line) => `  ${line}\n`).join('')}`)
  return differ
}

async function removeDemo(
  database: Database,
  id: string,
  user: string,
  writeError: CommandInput['writeError'],
): Promise<void> {
  await removeRun(database, id)
  if (await removeUser(database, user)) return
  writeError(`Its user stays, since this role may not delete users: delete from users where external_id = '${user}'\n`)
}

function elsewhere(address: string, { description }: Database): string {
  return `${address} acknowledged the spans, but their rows are not in ${description}: what listens there writes into another database. Give this command the DATABASE_URL or --data-dir that \`serve\` has.`
}
