import { readdirSync, readFileSync } from 'node:fs'

/** The folders of `.sql` files, relative to `src`. */
export const sqlFolders = [
  'budgets/sql',
  'queries/sql',
  'reconcile/sql',
  'rollups/sql',
  'store/sql',
  'store/tables/comments',
  'store/tables/migrations',
  'transaction/sql',
] as const

export type SqlFolder = (typeof sqlFolders)[number]

/** Reads the `.sql` files of a folder. The keys are their names without the ending, sorted. */
export function sqlFiles(folder: SqlFolder): ReadonlyMap<string, string> {
  const url = new URL(`../${folder}/`, import.meta.url)
  const files = readdirSync(url).filter((file) => file.endsWith('.sql'))
  return new Map(files.sort().map((file) => [file.slice(0, -4), readFileSync(new URL(file, url), 'utf8')]))
}
