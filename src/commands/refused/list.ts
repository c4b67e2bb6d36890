import { listRefused } from '../../transaction/refused-spans.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'
import { textTable } from '../formats/text-table.ts'

const mostListed = 100
/** The largest limit that the statement takes. */
const noLimit = 2 ** 31 - 1

/** Lists refused spans and log records, the latest first. */
export async function run(input: CommandInput): Promise<undefined> {
  const { switches, write } = input
  await using database = await openForReading(input, tenantOption(input))
  const refused = await listRefused(database, switches.has('all') ? noLimit : mostListed)
  if (switches.has('json')) return write(`${JSON.stringify(refused, null, 2)}\n`)
  if (refused.length === 0) return write('Nothing is refused.\n')
  write(
    textTable(
      ['id', 'last seen', 'times', 'what', 'reason'],
      refused.map(({ id, lastAt, times, signal, name, message }) => [
        id.slice(0, 8),
        `${lastAt.toISOString().slice(0, 19)}Z`,
        String(times),
        `${signal === 'logs' ? 'record' : 'span'} ${name || '(no name)'}`,
        message,
      ]),
    ),
  )
  if (refused.length === mostListed && !switches.has('all')) write('There may be more: --all lists them.\n')
}
