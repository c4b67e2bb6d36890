import { calcPrice } from '@pydantic/genai-prices'
import { jsonOf } from '../../assemble.ts'
import { askForMonths } from '../../budgets/ask-for-months.ts'
import { Misconfigured } from '../../errors.ts'
import { fitId } from '../../map/facts/column-limits.ts'
import { refreshRollups } from '../../rollups/refresh.ts'
import { createPrices } from '../../settle/prices/prices.ts'
import type { Database } from '../../store/database.ts'
import { dropTenant, tenantRows } from '../../store/tenants/tenants.ts'
import { countForgotten, type Forgotten, forget } from '../../transaction/forget/forget.ts'
import type { ForgetTarget } from '../../transaction/forget/forget-archive.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { textTable } from '../formats/text-table.ts'

const nothingIsKnown = 1

/** Forgets a run, or all runs of a user or session, and says per table how many rows that were. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { config, switches, write, writeError } = input
  const isDry = switches.has('dry-run')
  const tenant = tenantOption(input)
  await using database = await openForReading(input, tenant)
  if (tenant !== '' && namedTargets(input).length === 0) return await forgetTenant(database, input)
  const target = targetOf(input)
  const forgotten = isDry
    ? await countForgotten(database, target)
    : await forget(
        {
          database,
          price: createPrices(calcPrice, config.prices).price,
          toJson: (text) => jsonOf(text, config),
        },
        target,
      )
  if (!isDry) await askForMonths(database)
  // what is summed up anew has nothing of the forgotten rows
  if (!isDry) await refreshRollups(database)
  const { runs, tables, files } = forgotten
  if (switches.has('json')) write(`${JSON.stringify({ runs, tables, files })}\n`)
  else {
    if (tables.length > 0) write(textOf(target, forgotten, isDry))
    if (files.length > 0) write(filesText(target, forgotten, isDry))
    if (forgotten.isListed) write('What must be deleted in the files of the archive is listed in archive_deletions\n')
  }
  if (tables.some(({ rows }) => rows > 0) || files.length > 0) return undefined
  writeError(`Nothing is known of the ${target.kind} ${target.id} in ${database.description}.\n`)
  return nothingIsKnown
}

function namedTargets({ options }: CommandInput): ForgetTarget[] {
  return (['user', 'workflow', 'session'] as const).flatMap((kind) =>
    (options.get(kind) ?? []).map((id): ForgetTarget => ({ kind, id: fitId(id) })),
  )
}

function targetOf(input: CommandInput): ForgetTarget {
  const [target, another] = namedTargets(input)
  if (target === undefined || another !== undefined || target.id === '')
    throw new Misconfigured(
      'say what to forget, one at a time: --user, --workflow or --session with an id, or --tenant alone with a name.',
    )
  return target
}

/** Drops the schema of a tenant, and says how many rows of each table that were. */
async function forgetTenant(database: Database, { switches, write }: CommandInput): Promise<undefined> {
  const isDry = switches.has('dry-run')
  const { runs, tables, files } = await tenantRows(database)
  if (!isDry) await dropTenant(database)
  if (switches.has('json')) return write(`${JSON.stringify({ runs, tables, files })}\n`)
  const lines = tables.map(({ table, rows }) => [table, String(rows)])
  write(textTable(['table', 'rows'], lines))
  write(
    isDry
      ? `Nothing is changed: this is what would go with the tenant ${database.tenant}\n`
      : `Forgotten is the tenant ${database.tenant}, with ${runs} runs\n`,
  )
  if (files.length === 0) return
  const all = files.map(({ file, rows }) => [file, String(rows)])
  write(`Its files of the archive ${isDry ? 'would stay' : 'stay'}: delete them\n${textTable(['file', 'rows'], all)}`)
}

function filesText({ kind, id }: ForgetTarget, { files }: Forgotten, isDry: boolean): string {
  const lines = files.map(({ file, rows }) => [file, rows === null ? 'can not be read here' : String(rows)])
  const has = files.some(({ rows }) => rows !== null) ? 'have rows of it' : 'may have rows of it'
  return [
    `No table has rows of the ${kind} ${id}, but files of the archive ${has}\n`,
    textTable(['file', 'rows'], lines),
    ...(isDry ? ['Nothing is changed: it would be listed in archive_deletions\n'] : []),
  ].join('')
}

function textOf({ kind, id }: ForgetTarget, { runs, tables, userStays }: Forgotten, isDry: boolean): string {
  const lines = tables.map(({ table, rows, foreign }) => [table, String(rows), String(foreign)])
  const what = kind === 'workflow' ? `the workflow ${id}` : `the ${kind} ${id}, with ${runs} runs`
  const stays = tables.filter(({ foreign }) => foreign > 0).map(({ table, foreign }) => `${foreign} in ${table}`)
  return [
    textTable(['table', 'rows', 'rows of others'], lines),
    isDry ? `Nothing is changed: this is what would go with ${what}\n` : `Forgotten is ${what}\n`,
    ...(stays.length === 0 ? [] : [`Rows that Spanledger has not made stay: ${stays.join(', ')}\n`]),
    ...(userStays ? ['The row in users stays: this role may not delete users\n'] : []),
  ].join('')
}
