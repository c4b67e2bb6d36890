import { migrateDatabase } from '../receiver.ts'
import type { Given } from './command.ts'

/** Brings the tables up to date and says which steps were taken. */
export async function run({ config, write }: Given): Promise<undefined> {
  const applied = await migrateDatabase(config)
  write(applied.length > 0 ? `Applied ${applied.join(', ')}\n` : 'The tables are up to date\n')
}
