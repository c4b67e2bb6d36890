import { migrateDatabase } from '../receiver.ts'
import { type PlannedStep, planMigration } from '../store/tables/migrate.ts'
import type { CommandInput } from './command-line/command.ts'
import { openExisting } from './connect/open-database.ts'

/** Brings the tables up to date and says which steps were taken; or prints their SQL. */
export async function run({ config, switches, write }: CommandInput): Promise<undefined> {
  if (switches.has('plan')) {
    await using database = await openExisting(config)
    return write(asScript(await planMigration(database)))
  }
  const applied = await migrateDatabase(config)
  if (switches.has('json')) write(`${JSON.stringify({ applied })}\n`)
  else write(applied.length > 0 ? `Applied ${applied.join(', ')}\n` : 'The tables are up to date\n')
}

/** One transaction, so that it is done whole or not at all; what isn't SQL is a comment. */
function asScript(steps: readonly PlannedStep[]): string {
  if (steps.length === 0) return '-- The tables are up to date: there is nothing to do.\n'
  // what is there already needs no notice
  const begin = 'begin;\nset local client_min_messages = warning;'
  return `${[begin, ...steps.map(stepText), 'commit;'].join('\n\n')}\n`
}

function stepText({ name, why, statements }: PlannedStep): string {
  return [`-- ${name}`, ...why.split('\n').map((line) => `-- ${line}`), '', ...statements].join('\n')
}
