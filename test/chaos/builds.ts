import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { buildProgram, buildRevision, withMigration } from '../support/program.ts'

/** What a later version adds, under which this one goes on. */
const addition = 'create table later_books (id uuid primary key, state text not null);\n'

/** The programs of a run. */
export interface Builds extends Disposable {
  /** The `cli.js` of this build, and of another one. */
  readonly programs: readonly [string, string]
  /** What the other one is. */
  readonly other: string
}

/**
 * Finds this build and another one: that of a path or of a revision of this repository, or else a later version of this
 * build, with a version number and a migration of its own.
 */
export async function findBuilds(other: string | undefined): Promise<Builds> {
  const own = await buildProgram()
  if (other === undefined) {
    const program = laterVersion(own)
    const remove = () => rmSync(path.dirname(path.dirname(program)), { recursive: true })
    const what = 'this one as a later version, with a migration of its own'
    return { programs: [own, program], other: what, [Symbol.dispose]: remove }
  }
  const program = existsSync(other) ? path.resolve(other) : await buildRevision(other)
  if (program === null) throw new RangeError(`--other is the path of a cli.js or a revision, not ${other}`)
  return { programs: [own, program], other, [Symbol.dispose]: () => {} }
}

function laterVersion(own: string): string {
  const program = withMigration(own, '999_later', addition)
  const file = path.join(path.dirname(program), '..', 'package.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...manifest, version: '0.999.0' }))
  return program
}
