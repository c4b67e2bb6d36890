import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { programFolder } from '../program-folder.ts'

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

/**
 * Reads the `.sql` files of a folder and of those in it. The keys are their names without folder and ending, sorted: a
 * statement is named alike wherever its file lies. Throws a RangeError where two files have one name.
 */
export function sqlFiles(folder: SqlFolder): ReadonlyMap<string, string> {
  const place = fileURLToPath(new URL(`${folder}/`, programFolder))
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sql'))
  const texts = files.map(
    (file) => [path.basename(file, '.sql'), readFileSync(path.join(place, file), 'utf8')] as const,
  )
  const byName = new Map(texts.sort(([a], [b]) => (a < b ? -1 : 1)))
  if (byName.size < texts.length) throw new RangeError(`two files of ${folder} have one name`)
  return byName
}
