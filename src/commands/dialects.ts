import { Misconfigured } from '../errors.ts'
import { attributeTable, dialectTable } from '../map/lookup/dialect-docs.ts'
import type { CommandInput } from './command-line/command.ts'
import { textTable } from './formats/text-table.ts'

/** Lists the dialects, or the attributes of the dialects whose names begin with the argument. */
export async function run({ args: [name], switches, write }: CommandInput): Promise<undefined> {
  const all = dialectTable()
  if (name === undefined) {
    if (switches.has('json')) return write(`${JSON.stringify(all, null, 2)}\n`)
    return write(
      textTable(
        ['dialect', 'signals', 'read from'],
        all.map(({ dialect, signals, seen }) => [dialect, signals, seen]),
      ),
    )
  }
  const hasPrefix = (dialect: string) => dialect.toLowerCase().startsWith(name.toLowerCase())
  const rows = attributeTable().filter(({ dialect }) => hasPrefix(dialect))
  if (!all.some(({ dialect }) => hasPrefix(dialect)))
    throw new Misconfigured(
      `no dialect has a name that begins with ${name}. There are: ${all.map(({ dialect }) => dialect).join(', ')}.`,
    )
  if (switches.has('json')) return write(`${JSON.stringify(rows, null, 2)}\n`)
  write(
    textTable(
      ['dialect', 'column', 'attribute, the first that is there wins'],
      rows.map(({ dialect, column, attribute }) => [dialect, column, attribute]),
    ),
  )
}
