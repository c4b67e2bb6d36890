import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { madeOnce } from '../support/once.ts'
import { installIn, type Project, projectIn } from './project.ts'

const root = path.join(import.meta.dirname, '..', '..')

/** What npm says of a tarball. */
export interface Packed {
  readonly filename: string
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string }[]
}

/** The package `spanledger`, packed and installed: what all tests of a run share, who change nothing in it. */
export interface Installed {
  readonly packed: Packed
  readonly tarball: string
  /** A project of a new user, with the package. */
  readonly project: Project
}

/** Packs `dist` as `npm run build` has left it, and installs the tarball in an empty project, once in a run. */
export async function installedPackage(): Promise<Installed> {
  const folder = await madeOnce('installed-package', async (unfinished) => {
    await mkdir(path.join(unfinished, 'project'), { recursive: true })
    const flags = ['pack', '--json', '--ignore-scripts', '--pack-destination', unfinished]
    const { stdout } = await promisify(execFile)('npm', flags, { cwd: root, maxBuffer: 1 << 26 })
    writeFileSync(path.join(unfinished, 'packed.json'), stdout)
    const [packed] = JSON.parse(stdout) as [Packed]
    await installIn(path.join(unfinished, 'project'), [`../${packed.filename}`])
  })
  const [packed] = JSON.parse(readFileSync(path.join(folder, 'packed.json'), 'utf8')) as [Packed]
  return { packed, tarball: path.join(folder, packed.filename), project: projectIn(path.join(folder, 'project')) }
}
