import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..', '..')

interface LockedPackage {
  readonly version: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly allowScripts: Readonly<Record<string, boolean>>
}

const manifest = readJson<Manifest>('package.json')
const lock = readJson<{ readonly packages: Readonly<Record<string, LockedPackage>> }>('package-lock.json')
const locked = Object.entries(lock.packages).filter(([place]) => place !== '')
const production = locked.filter(([, { dev }]) => dev !== true)

/** Licences under which a package may be used and passed on within one of Apache-2.0. */
const licences = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Unlicense',
]

function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(path.join(root, file), 'utf8'))
}

/** `node_modules/a/node_modules/@b/c` → `@b/c` */
function nameIn(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

describe('what can be checked of the supply chain without a network', () => {
  test('each locked package has the hash of its content, and comes from the registry of npm', () => {
    expect(locked.length).toBeGreaterThan(100)
    const wrong = locked.filter(
      ([, { integrity = '', resolved = 'https://registry.npmjs.org/' }]) =>
        !/^sha512-[\w+/]{86}==$/.test(integrity) || !resolved.startsWith('https://registry.npmjs.org/'),
    )
    expect(wrong).toEqual([])
  })

  test('each version is exact', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    expect(all.filter(([, version]) => !/^(npm:(@[\w-]+\/)?[\w-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    )
  })

  test('each package that is used in production has a licence that allows it', () => {
    expect(production.length).toBeGreaterThan(20)
    expect(production.filter(([, { license = '' }]) => !licences.includes(license))).toEqual([])
  })

  test('no package runs a script when it is installed', () => {
    const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([place]) => place)
    // an alias is installed under its own name, its packages under theirs
    expect(scripted.map(nameIn).filter((name) => manifest.allowScripts[name] !== false)).toEqual([])
    expect(Object.values(manifest.allowScripts)).not.toContain(true)
  })

  test('each package that is asked for is used by the source', () => {
    const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(ts|mjs)$/.test(file))
      .map((file) => readFileSync(path.join(root, 'src', file), 'utf8'))
      .join('\n')
    const isUsed = (name: string) => sources.includes(`'${name}'`) || sources.includes(`'${name}/`)
    expect(Object.keys(manifest.dependencies).filter((name) => !isUsed(name))).toEqual([])
  })

  test('npm makes a list of all packages', async () => {
    // with --omit dev, npm leaves out what production and development share
    const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx']
    const { stdout } = await promisify(execFile)('npm', args, { cwd: root, maxBuffer: 1 << 26 })
    const { bomFormat, components } = JSON.parse(stdout) as { bomFormat: string; components: { purl: string }[] }
    expect(bomFormat).toBe('CycloneDX')
    const listed = components.map(({ purl }) => decodeURIComponent(purl))
    for (const [name, version] of Object.entries(manifest.dependencies))
      expect(listed).toContain(`pkg:npm/${name}@${version}`)
  })
})
