import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('./sql/', import.meta.url)
const texts = new Map(
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => [file.slice(0, -4), readFileSync(new URL(file, folder), 'utf8')]),
)

/** The statement in `sql/<name>.sql`. */
export function statement(name: string): string {
  const text = texts.get(name)
  if (text === undefined) throw new RangeError(`there is no statement ${name}`)
  return text
}
