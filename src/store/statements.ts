import { sqlFiles } from './sql-files.ts'

const texts = sqlFiles('sql')

/** The statement in `sql/<name>.sql`. */
export function statement(name: string): string {
  const text = texts.get(name)
  if (text === undefined) throw new RangeError(`there is no statement ${name}`)
  return text
}
