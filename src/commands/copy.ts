import { Misconfigured } from '../errors.ts'
import { openDatabase } from '../receiver.ts'
import { copyLedger } from '../store/tables/copy-ledger.ts'
import { checkMigrated, migrate } from '../store/tables/migrate.ts'
import type { CommandInput } from './command-line/command.ts'
import { openExisting } from './connect/open-database.ts'
import { textTable } from './formats/text-table.ts'

/** Copies the embedded database to a PostgreSQL. No process may serve it meanwhile: later spans would be in one of the two only. */
export async function run({ config, write }: CommandInput): Promise<undefined> {
  if (config.databaseUrl === null)
    throw new Misconfigured('DATABASE_URL (or --database-url) must name the PostgreSQL that is copied to.')
  await using source = await openExisting({ ...config, databaseUrl: null }, { exclusive: true })
  await checkMigrated(source)
  await using target = await openDatabase(config)
  await migrate(target)
  const copied = await copyLedger(source, target)
  write(
    textTable(
      ['table', 'rows'],
      copied.map(({ table, rows }) => [table, String(rows)]),
    ),
  )
  write(`All of ${source.description} is in ${target.description}; the folder is as it was.\n`)
  write('Try next: npm start   (with this DATABASE_URL: new spans go on from here)\n')
}
