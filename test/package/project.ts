import { execFile, execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { dataFolder } from '../support/data-folder.ts'
import { nodeVersions } from '../support/node.ts'

const root = path.join(import.meta.dirname, '..', '..')
const run = promisify(execFile)
const limits = { maxBuffer: 1 << 26, timeout: 600_000 }

/** The limits of time of an app's exporters and processors, so long that no busy machine reaches them. */
export const unhurried = {
  OTEL_EXPORTER_POSTGRES_TIMEOUT: '300000',
  OTEL_EXPORTER_OTLP_TIMEOUT: '300000',
  OTEL_BSP_EXPORT_TIMEOUT: '300000',
} as const

/** All versions of Node where `npm run test:package` asks for them; otherwise the newest of them is enough. */
export const allNodes = process.env.SPANLEDGER_TEST_NODES === 'all' ? nodeVersions : null

/** Packs the exporter; the tarball's path. */
export function pack(): string {
  const told = execFileSync('npm', ['run', '--silent', 'pack:exporter'], { cwd: root, encoding: 'utf8' })
  return told.trim().split('\n').at(-1)!
}

/** A project of a user: a folder with packages from npm and the apps of `apps/`. */
export interface Project {
  readonly folder: string
  /** Runs a program in it; resolves with what it printed, rejects with that and what it complained of. */
  run(program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>
}

/** What npm has fetched once is not asked for again, as long as it is in its cache. */
const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']

/** A project in a folder of its own, which goes with it. */
export async function openProject(
  packages: readonly string[],
  npmFlags: readonly string[] = [],
): Promise<Project & Disposable> {
  const folder = mkdtempSync(path.join(dataFolder, 'spanledger-app-'))
  await installIn(folder, packages, npmFlags)
  return { ...projectIn(folder), [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Makes a project of a user in a folder: what is in `apps/`, and packages from npm. */
export async function installIn(
  folder: string,
  packages: readonly string[],
  npmFlags: readonly string[] = [],
): Promise<void> {
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true }))
  cpSync(path.join(import.meta.dirname, 'apps'), folder, { recursive: true })
  await run('npm', [...install, ...npmFlags, ...packages], { ...limits, cwd: folder })
}

/** The project in a folder. */
export function projectIn(folder: string): Project {
  return {
    folder,
    run: async (program, args, env = {}) => {
      const { stdout } = await run(program, args, {
        ...limits,
        cwd: folder,
        env: { ...process.env, ...unhurried, ...env },
      })
      return stdout
    },
  }
}
