import { migrateDatabase } from '../receiver.ts'
import { type PlannedStep, planMigration } from '../store/tables/migrate.ts'
import type { CommandInput } from './command-line/command.ts'
import { openExisting } from './connect/open-database.ts'

/** Brings the tables up to date and names the steps taken; with `--plan` prints the steps' SQL instead. */
export async function run({ config, switches, write }: CommandInput): Promise<undefined> {
  if (switches.has('plan')) {
    await using database = await openExisting(config)
    return write(asScript(await planMigration(database)))
  }
  const applied = await migrateDatabase(config)
  if (switches.has('json')) write(`${JSON.stringify({ applied })}\n`)
  else write(applied.length > 0 ? `Applied ${applied.join(', ')}\n` : 'The tables are up to date\n')
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
