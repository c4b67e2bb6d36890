import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { runShell } from '../support/command.ts'

/** A client that can run. `path`: where its own programs are found. */
export interface Workplace {
  readonly folder: string
  readonly path: readonly string[]
}

export interface Preparation {
  /** A folder of the cache. */
  readonly name: string
  /** What is copied there, from this folder. */
  readonly files: readonly string[]
  /** Shell commands that install what the files ask for, all versions pinned. */
  readonly script: string
  /** Folders in the workplace that have programs, for the script too. */
  readonly programs?: readonly string[]
}

const cache = path.join(import.meta.dirname, '..', '..', '.cache', 'clients')

/** Copies and installs a client; what is there already from the same files is used again. Rejects with the script's output. */
export async function prepare({ name, files, script, programs = [] }: Preparation): Promise<Workplace> {
  const folder = path.join(cache, name)
  const workplace = { folder, path: programs.map((program) => path.join(folder, program)) }
  const sources = files.map((file) => path.join(import.meta.dirname, file))
  const wanted = createHash('sha256')
  for (const text of [folder, script, ...sources.map((source) => readFileSync(source))]) wanted.update(text)
  const receipt = path.join(folder, '.prepared')
  const digest = wanted.digest('hex')
  if (existsSync(receipt) && readFileSync(receipt, 'utf8') === digest) return workplace
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const source of sources) copyFileSync(source, path.join(folder, path.basename(source)))
  await using run = runShell(script, { cwd: folder, path: workplace.path })
  run.input.end()
  if ((await run.exited) !== 0) throw new Error(`${name} can't be prepared: ${run.output()}`)
  writeFileSync(receipt, digest)
  return workplace
}

/** Those of these programs that aren't on this machine. */
export function absent(...programs: readonly string[]): string[] {
  return programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0)
}
