import { calcPrice } from '@pydantic/genai-prices'
import { jsonOf } from '../assemble.ts'
import { Misconfigured } from '../errors.ts'
import { fitId } from '../map/facts/column-limits.ts'
import { createPrices } from '../settle/prices/prices.ts'
import { countForgotten, type Forgotten, forget } from '../transaction/forget/forget.ts'
import type { ForgetTarget } from '../transaction/forget/forget-archive.ts'
import type { CommandInput } from './command-line/command.ts'
import { openForReading, tenantOption } from './connect/open-database.ts'
import { textTable } from './formats/text-table.ts'

const nothingIsKnown = 1

/** Forgets a run, or all runs of a user or session, and says per table how many rows that were. */
export async function run(input: CommandInput): Promise<number | undefined> {
  const { config, switches, write, writeError } = input
  const target = targetOf(input)
  const isDry = switches.has('dry-run')
  await using database = await openForReading(input, tenantOption(input))
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
  const { runs, tables } = forgotten
  if (switches.has('json')) write(`${JSON.stringify({ runs, tables })}\n`)
  else if (tables.length > 0) write(textOf(target, forgotten, isDry))
  if (forgotten.isListed && !switches.has('json'))
    write('What must be deleted in the files of the archive is listed in archive_deletions\n')
  if (tables.some(({ rows }) => rows > 0)) return undefined
  writeError(`Nothing is known of the ${target.kind} ${target.id} in ${database.description}.\n`)
  return nothingIsKnown
}

function targetOf({ options }: CommandInput): ForgetTarget {
  const named = (['user', 'workflow', 'session'] as const).flatMap((kind) =>
    (options.get(kind) ?? []).map((id): ForgetTarget => ({ kind, id: fitId(id) })),
  )
  const [target, another] = named
  if (target === undefined || another !== undefined || target.id === '')
    throw new Misconfigured('say what to forget, one at a time: --user, --workflow or --session with an id.')
  return target
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
