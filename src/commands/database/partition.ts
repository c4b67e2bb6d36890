import { makeMonthsAhead } from '../../store/partitions/months-ahead.ts'
import { partition } from '../../store/partitions/partition.ts'
import type { CommandInput } from '../command-line/command.ts'
import { openForReading, tenantOption } from '../connect/open-database.ts'

/** Partitions a tenant's tables by month, while receivers write, and makes the partitions of the coming months. */
export async function run(input: CommandInput): Promise<undefined> {
  const { switches, write, writeError } = input
  await using database = await openForReading(input, tenantOption(input))
  const partitioned = await partition(database, (table, step) => writeError(`${table}: ${step}\n`))
  const made = await makeMonthsAhead(database)
  if (switches.has('json')) return write(`${JSON.stringify({ partitioned, made })}\n`)
  for (const table of partitioned) write(`${table} is partitioned by month\n`)
  for (const name of made) write(`${name} is made\n`)
  if (partitioned.length + made.length === 0)
    write('All tables are partitioned by month, and the coming months have partitions\n')
}
