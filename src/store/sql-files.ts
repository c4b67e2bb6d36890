import { readdirSync, readFileSync } from 'node:fs'

/** A folder of `.sql` files, from the root of the source. */
export type SqlFolder = 'store/sql' | 'store/tables/migrations' | 'transaction/sql'

/** The `.sql` files of a folder by name without the ending, sorted. All of them are read here. */
export function sqlFiles(folder: SqlFolder): ReadonlyMap<string, string> {
  const place = new URL(`../${folder}/`, import.meta.url)
  const files = readdirSync(place).filter((file) => file.endsWith('.sql'))
  return new Map(files.sort().map((file) => [file.slice(0, -4), readFileSync(new URL(file, place), 'utf8')]))
}
