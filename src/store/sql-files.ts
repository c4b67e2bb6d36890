import { readdirSync, readFileSync } from 'node:fs'

/** The `.sql` files of a folder beside this file, by name without the ending, in their order. All of them are read here. */
export function sqlFiles(folder: 'sql' | 'migrations'): ReadonlyMap<string, string> {
  const place = new URL(`./${folder}/`, import.meta.url)
  const files = readdirSync(place).filter((file) => file.endsWith('.sql'))
  return new Map(files.sort().map((file) => [file.slice(0, -4), readFileSync(new URL(file, place), 'utf8')]))
}
