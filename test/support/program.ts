import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

const checkout = path.join(import.meta.dirname, '..', '..')
const cache = path.join(checkout, '.cache', 'program')
const parts = ['src', 'proto', 'package.json', 'tsconfig.json']

/**
 * Builds the program as `npm run build` does and gives the path of its `cli.js`. A process that has nothing to compile
 * starts in a third of the time. The folder is named by what it is built of: one that is there already is used again.
 * `root` has the sources.
 */
export async function buildProgram(root: string = checkout): Promise<string> {
  const folder = path.join(cache, digestOf(root, parts))
  const program = path.join(folder, 'dist', 'cli.js')
  if (existsSync(program)) return program
  mkdirSync(cache, { recursive: true })
  const unfinished = mkdtempSync(path.join(cache, 'unfinished-'))
  const dist = path.join(unfinished, 'dist')
  const flags = ['--noEmit', 'false', '--noCheck', '--declaration', 'false', '--isolatedDeclarations', 'false']
  const tsc = path.join(checkout, 'node_modules', '.bin', 'tsc')
  // types are the concern of `npm run check`: a test of a file may run while another doesn't fit yet
  await promisify(execFile)(tsc, ['-p', root, ...flags, '--rootDir', path.join(root, 'src'), '--outDir', dist]).catch(
    (error: unknown) => {
      if (!existsSync(path.join(dist, 'cli.js'))) throw error
    },
  )
  const isOther = (file: string) => statSync(file).isDirectory() || !/\.c?ts$/.test(file)
  cpSync(path.join(root, 'src'), dist, { recursive: true, filter: isOther })
  for (const part of ['proto', 'package.json'])
    cpSync(path.join(root, part), path.join(unfinished, part), { recursive: true })
  try {
    renameSync(unfinished, folder)
  } catch (error) {
    // another run has built the same meanwhile
    if (!existsSync(program)) throw error
    rmSync(unfinished, { recursive: true })
  }
  return program
}

function digestOf(root: string, paths: readonly string[]): string {
  const hash = createHash('sha256')
  const files = paths.flatMap((part) => {
    const file = path.join(root, part)
    if (!statSync(file).isDirectory()) return file
    const inside = readdirSync(file, { recursive: true, encoding: 'utf8' }).map((name) => path.join(file, name))
    return inside.filter((name) => statSync(name).isFile())
  })
  for (const file of files.sort()) hash.update(path.relative(root, file)).update('\0').update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}

/**
 * Builds the program of another revision of this repository, with the packages of this one; null where there is no such
 * revision.
 */
export async function buildRevision(revision: string): Promise<string | null> {
  const sources = path.join(cache, '..', 'revisions', revision.replaceAll(/\W/g, '-'))
  try {
    rmSync(sources, { recursive: true, force: true })
    mkdirSync(sources, { recursive: true })
    const archive = path.join(sources, 'sources.tar')
    await promisify(execFile)('git', ['archive', '-o', archive, revision, ...parts], { cwd: checkout })
    await promisify(execFile)('tar', ['-xf', archive, '-C', sources])
  } catch {
    return null
  }
  return buildProgram(sources)
}

/** Copies a program and gives the copy a further migration, as a later version of it has. */
export function withMigration(program: string, name: string, sql: string): string {
  const folder = path.dirname(path.dirname(program))
  const copy = mkdtempSync(path.join(cache, 'later-'))
  cpSync(folder, copy, { recursive: true })
  writeFileSync(path.join(copy, 'dist', 'store', 'tables', 'migrations', `${name}.sql`), sql)
  return path.join(copy, 'dist', 'cli.js')
}
