import { closest, distance } from 'fastest-levenshtein'
import { Misconfigured } from '../../../errors.ts'

/** Picks columns by the names of a list with commas, in its order. Throws `Misconfigured` with all names for a wrong one. */
export function pickColumns<Named extends { readonly name: string }>(
  columns: readonly Named[],
  list: string,
): readonly Named[] {
  const names = columns.map(({ name }) => name)
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .map((name) => {
      const column = columns.find((one) => one.name === name)
      if (column !== undefined) return column
      const near = closest(name, names)
      const hint = distance(name, near) <= 2 ? ` (is ${near} meant?)` : ''
      throw new Misconfigured(`there is no ${name} here${hint}. --json takes some of: ${names.join(',')}`)
    })
}
