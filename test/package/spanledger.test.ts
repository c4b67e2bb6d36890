import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { runShell } from '../support/command.ts'
import { nodeOf } from '../support/node.ts'
import { connect, emptyDatabase } from '../support/postgres.ts'
import { installedPackage, type Packed } from './installed.ts'
import { allNodes, type Project } from './project.ts'

const root = path.join(import.meta.dirname, '..', '..')
const bin = path.join(root, 'node_modules', '.bin')

let packed: Packed
let tarball: string
let project: Project
/** The home of a new user, with nothing in it. */
let home: string

beforeAll(async () => {
  home = mkdtempSync(path.join(os.tmpdir(), 'spanledger-home-'))
  ;({ packed, tarball, project } = await installedPackage())
})

afterAll(() => {
  if (home !== undefined) rmSync(home, { recursive: true, force: true })
})

/** Runs shell commands in the project, as the new user. */
function runAsNewUser(script: string, env: Readonly<Record<string, string>> = {}) {
  return runShell(script, { cwd: project.folder, env: { HOME: home, npm_config_offline: 'true', ...env } })
}

/** Where the page lies, built and compressed: its files have hashes in their names. */
const page = 'dist/web/page/'

/** Folders whose types the library doesn't reach: they are left out of the package. */
const untyped = (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).files as readonly string[]).flatMap(
  (pattern) => /^!(dist\/[\w/-]+\/)\*\*\/\*\.d\.ts$/.exec(pattern)?.[1] ?? [],
)

/** The files that a file becomes when it is built. */
function builtFrom(file: string): readonly string[] {
  if (/\.(sql|mjs|cjs|d\.cts)$/.test(file)) return [file]
  // a file of types alone is for the compiler
  if (!file.endsWith('.ts') || file.endsWith('.d.ts')) return []
  const program = file.replace(/\.ts$/, '.js')
  return untyped.some((folder) => file.startsWith(folder)) ? [program] : [program, file.replace(/\.ts$/, '.d.ts')]
}

describe('the package spanledger', () => {
  test('holds what the program is built of, and the documents that are listed', () => {
    const paths = packed.files.map(({ path }) => path)
    const src = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    const isOfPage = (file: string) => file.startsWith(page)
    const built = src
      .map((file) => `dist/${file}`)
      .filter((file) => !isOfPage(file))
      .flatMap(builtFrom)
    expect(paths.filter((file) => file.startsWith('dist/') && !isOfPage(file)).sort()).toEqual(built.sort())
    const pages = paths.filter(isOfPage).map((file) => file.slice(page.length).replace(/\.(gz|br)$/, ''))
    expect(new Set(pages)).toContain('index.html')
    expect(pages.filter((file) => !/^(index\.html|assets\/[\w.-]+-[0-9A-Z]{8}\.(js|css|svg))$/.test(file))).toEqual([])
    const others = paths.filter((file) => !file.startsWith('dist/')).sort()
    expect(others).toEqual(
      readFileSync(path.join(import.meta.dirname, 'files.txt'), 'utf8')
        .trim()
        .split('\n'),
    )
  })

  test('is less than 5 MB, runs no script when it is installed, and is not private', () => {
    expect(packed.unpackedSize).toBeLessThan(5_000_000)
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    expect(Object.keys(manifest.scripts).filter((name) => /^(pre|post)?install$/.test(name))).toEqual([])
    expect(manifest).not.toHaveProperty('private')
  })

  test('has the commands that only read in one file, which loads no other at its start', () => {
    const light = readFileSync(path.join(root, 'dist', 'light.js'), 'utf8')
    const loaded = [...light.matchAll(/(?:^|[;}])import(?:[^"'();]*?from)?\s*["']([^"']+)["']/g)].map(
      ([, name]) => name,
    )
    expect(loaded).toContain('node:fs')
    expect(loaded.filter((name) => !name?.startsWith('node:'))).toEqual([])
  })

  test('is found well by publint and attw', async () => {
    const [lint, types] = await Promise.all([
      project.run(path.join(bin, 'publint'), ['--strict', tarball]),
      project.run(path.join(bin, 'attw'), ['--format', 'ascii', tarball]),
    ])
    expect(lint).toMatch(/All good/)
    expect(types).toMatch(/No problems found/)
  })

  test('says what it is made of, as an SBOM', async () => {
    const sbom = JSON.parse(await project.run('npm', ['sbom', '--sbom-format', 'cyclonedx']))
    const names = sbom.components.map(({ name }: { readonly name: string }) => name)
    expect(names).toEqual(expect.arrayContaining(['spanledger', 'pg', '@electric-sql/pglite']))
  })
})

describe('a new user with an empty home', () => {
  test('runs on a file system that is read-only, as another user without capabilities, as in a container', async ({
    skip,
  }) => {
    if (process.getuid?.() !== 0) skip('a namespace of mounts takes root here')
    await using database = await emptyDatabase()
    // the run's folder is for its user alone, and the package is in it
    chmodSync(inject('runFolder'), 0o711)
    const serve = `${process.execPath} node_modules/spanledger/dist/cli.js serve`
    const confined =
      'setpriv --reuid 65532 --regid 65532 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs'
    const script = `exec unshare --mount --pid --fork --kill-child sh -euc '
      mount --bind . . && cd "$PWD" && mount -o remount,bind,ro . && mount -o remount,bind,ro /
      ${confined} sh -c "if touch x /x 2> /dev/null; then echo writable; fi"
      exec ${confined} ${serve}'`
    const ports = { SPANLEDGER_HTTP_LISTEN: '127.0.0.1:27328', SPANLEDGER_GRPC_LISTEN: '127.0.0.1:27327' }
    await using serving = runAsNewUser(script, { ...ports, DATABASE_URL: database.url })
    await expect.poll(serving.output).toContain('Listening on http://127.0.0.1:27328')
    expect((await fetch('http://127.0.0.1:27328/readyz')).status).toBe(200)
    expect(serving.output()).not.toContain('writable')
  })

  test.each(['library.mjs', 'library.cjs'])('opens a receiver in a test of their own: %s', async (file) => {
    await using database = await emptyDatabase()
    const nodes = [process.execPath, ...(allNodes ?? []).flatMap((version) => nodeOf(version) ?? [])]
    for (const node of nodes) {
      expect(await project.run(node, [file], { DATABASE_URL: database.url, HOME: home })).toContain('committed')
      await using client = await connect(database.url)
      expect((await client.query('delete from task_executions returning workflow_id')).rows, node).toHaveLength(1)
    }
  })

  test.skipIf(allNodes === null)('installs it globally, and runs it with every Node', async () => {
    const prefix = path.join(home, 'global')
    await project.run('npm', ['install', '--global', '--prefix', prefix, '--prefer-offline', '--no-audit', tarball])
    const installed = path.join(prefix, 'lib', 'node_modules', 'spanledger')
    const { version } = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8'))
    expect((await project.run(path.join(prefix, 'bin', 'spanledger'), ['--version'])).trim()).toBe(version)
    for (const node of allNodes!.flatMap((one) => nodeOf(one) ?? []))
      expect((await project.run(node, [path.join(installed, 'dist', 'cli.js'), '--version'])).trim(), node).toBe(
        version,
      )
  })

  test('has the types of the library', async () => {
    const types = ['--typeRoots', path.join(root, 'node_modules', '@types'), '--types', 'node']
    const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--skipLibCheck', ...types]
    await project.run(path.join(bin, 'tsc'), [...flags, 'library-typed.mts', 'library-typed.cts'])
  })
})
