import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { calcPrice } from '@pydantic/genai-prices'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dumpLedger } from '../support/ledger.ts'
import { nodeOf, nodeVersions } from '../support/node.ts'
import { connect, emptyDatabase, startPostgres } from '../support/postgres.ts'
import { openTestReceiver } from '../support/receiver.ts'
import { allNodes, openProject, type Project, pack, unhurried } from './project.ts'

const root = path.join(import.meta.dirname, '..', '..')
const bin = path.join(root, 'node_modules', '.bin')

/** What an app of each version of the SDK installs beside the exporter. */
const packages = {
  '1.30': ['api@1.9.1', 'sdk-trace-base@1.30.1', 'exporter-trace-otlp-proto@0.57.2'],
  '2': ['api@1.9.1', 'sdk-trace-base@2.12.1', 'exporter-trace-otlp-proto@0.223.0', 'sdk-node@0.223.0'],
  '3': [
    ...['api@1.10.0', 'sdk-trace@3.1.1', 'exporter-trace-otlp-proto@0.301.1', 'sdk-node@0.301.0'],
    'auto-instrumentations-node@0.82.0',
  ],
} as const

type Sdk = keyof typeof packages

let tarball: string
/** The app of SDK 2, which has compilers, too. */
let app: Project
/** The app of each version. They are installed beside each other. */
const projects = new Map<Sdk, Promise<Project & Disposable>>()

beforeAll(async () => {
  tarball = pack()
  for (const [sdk, names] of Object.entries(packages)) {
    const compilers = sdk === '2' ? ['typescript@5.9.3', '@types/node@20.19.43'] : []
    const all = [tarball, ...names.map((name) => `@opentelemetry/${name}`), ...compilers]
    // npm goes by its own Node, which may be older than what an app runs with
    const project = openProject(all, ['--engine-strict=false'])
    project.catch(() => {})
    projects.set(sdk as Sdk, project)
  }
  app = await projectOf('2')
})

afterAll(async () => {
  for (const project of projects.values()) (await project)[Symbol.dispose]()
})

function projectOf(sdk: Sdk): Promise<Project> {
  return projects.get(sdk)!
}

/** Runs an app against a fresh database and tells what the rows say. */
async function rowsOf(project: Project, node: string, file: string): Promise<object[]> {
  await using database = await emptyDatabase()
  const env = { OTEL_EXPORTER_POSTGRES_CONNECTION_STRING: database.url, WORKFLOW: 'packed' }
  expect(await project.run(node, [file], env)).toContain('exported')
  await using client = await connect(database.url)
  const { rows } = await client.query('select workflow_id, status, total_tokens from task_executions')
  return rows
}

interface Typing {
  readonly module: string
  readonly resolution: string
  readonly file: string
  /** The compiler: that of this project where it isn't an older one. */
  readonly tsc?: string
}

/** E1: an app's TypeScript takes the exporter for what the SDK asks for. */
async function expectTypes(project: Project, { module, resolution, file, tsc = path.join(bin, 'tsc') }: Typing) {
  const types = ['--typeRoots', path.join(app.folder, 'node_modules', '@types'), '--types', 'node']
  const flags = [
    '--noEmit',
    '--strict',
    '--skipDefaultLibCheck',
    '--module',
    module,
    '--moduleResolution',
    resolution,
    '--target',
    'es2022',
  ]
  await project.run(tsc, [...flags, ...types, file])
}

/** E6: an app goes on when its server was restarted. */
async function expectRestartRidden(project: Project, node: string, sdk: string): Promise<void> {
  await using server = await startPostgres()
  const env = { ...process.env, ...unhurried, SDK: sdk, OTEL_EXPORTER_POSTGRES_CONNECTION_STRING: server.url }
  const child = spawn(node, ['restarted.mjs'], { cwd: project.folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  await server.restart()
  child.stdin.write('go on\n')
  expect((await ended)[0]).toBe(0)
  await using client = await connect(server.url)
  const { rows } = await client.query('select workflow_id from task_executions order by 1')
  expect(rows.map(({ workflow_id }) => workflow_id)).toEqual(['after', 'before'])
}

const oneRun = [{ workflow_id: 'packed', status: 'COMPLETED', total_tokens: 15 }]

describe('E26: the package', () => {
  test.each(['esm.mjs', 'cjs.cjs'])('writes its rows from %s', async (file) => {
    expect(await rowsOf(app, process.execPath, file)).toEqual(oneRun)
  })

  test('has one set of classes, whichever way it is loaded', async () => {
    expect((await app.run(process.execPath, ['both.mjs'])).trim()).toBe('the same')
  })

  test.each([
    ['node16', 'node16', 'TypeScript 5'],
    ['esnext', 'bundler', 'TypeScript 7'],
    ['nodenext', 'nodenext', 'TypeScript 7'],
  ])('has types for module %s with resolution %s, of %s', async (module, resolution, compiler) => {
    const older = { tsc: path.join(app.folder, 'node_modules', '.bin', 'tsc') }
    await expectTypes(app, { module, resolution, file: 'typed.ts', ...(compiler === 'TypeScript 5' ? older : {}) })
  })

  test('is found well by publint and attw', async () => {
    expect(await app.run(path.join(bin, 'publint'), ['--strict', path.join(root, 'packed', 'exporter')])).toMatch(
      /All good/,
    )
    expect(await app.run(path.join(bin, 'attw'), ['--format', 'ascii', tarball])).toMatch(/No problems found/)
  })

  test('works in an app that is bundled', async () => {
    const outfile = path.join(app.folder, 'bundle', 'app.cjs')
    const entryPoints = [path.join(app.folder, 'cjs.cjs')]
    // pg asks for this one in vain where it is not installed
    const external = ['pg-native', 'pg-cloudflare']
    await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', external, logLevel: 'error' })
    expect(await rowsOf(app, process.execPath, outfile)).toEqual(oneRun)
  })

  test('E25: asks for nothing but pg and the API, and npm is content', async () => {
    const manifest = JSON.parse(readFileSync(path.join(root, 'packed', 'exporter', 'package.json'), 'utf8'))
    expect(Object.keys(manifest.dependencies)).toEqual(['pg'])
    expect(manifest.peerDependencies).toEqual({ '@opentelemetry/api': '>=1.3.0 <2' })
    await app.run('npm', ['ls', '--all'])
  })

  test('prices calls as the list does that a receiver has', () => {
    const packed = createRequire(import.meta.url)(path.join(root, 'packed', 'exporter', 'prices.cjs')).calcPrice
    const models = [
      'gpt-4o',
      'gpt-4o-mini',
      'claude-sonnet-4-5',
      'gemini-2.5-pro',
      'mistral-large-latest',
      'deepseek-chat',
      'none',
    ]
    const usage = { input_tokens: 300_000, output_tokens: 1_000, cache_read_tokens: 10_000 }
    const pricesBy = (calc: typeof calcPrice) =>
      models.flatMap((model) =>
        ['2024-06-01', '2025-03-01', '2026-10-01T12:00Z'].map((date) => {
          const price = calc(usage, model, { timestamp: new Date(date) })
          return price && [price.provider.id, price.model.id, price.model_price, price.total_price]
        }),
      )
    expect(pricesBy(calcPrice).filter(Boolean).length).toBeGreaterThan(12)
    expect(JSON.stringify(pricesBy(packed))).toBe(JSON.stringify(pricesBy(calcPrice)))
  })

  test('E42: is less than 300 kB unpacked, and says whose work it carries', () => {
    const files = readdirSync(path.join(root, 'packed', 'exporter'), { recursive: true, encoding: 'utf8' })
    const sizes = files.map((file) => statSync(path.join(root, 'packed', 'exporter', file)))
    const unpacked = sizes.reduce((sum, stat) => (stat.isFile() ? sum + stat.size : sum), 0)
    expect(unpacked).toBeLessThan(300_000)
    // compressed, but to be read by whoever wants to, with its names
    expect(createRequire(import.meta.url)('../../packed/exporter/program.cjs')).toContain('function settleTraces(')
    const notices = readFileSync(path.join(root, 'packed', 'exporter', 'THIRD_PARTY_NOTICES.txt'), 'utf8')
    expect(notices).toMatch(/^@pydantic\/genai-prices .*MIT/)
    expect(readdirSync(path.join(root, 'packed', 'exporter'))).toEqual(expect.arrayContaining(['LICENSE', 'README.md']))
  })
})

const [node22, node24, node26] = nodeVersions

/** The programs that run an app: this Node where it may, and others where npm has them. */
function nodesFor(sdk: string, versions: readonly (typeof nodeVersions)[number][]): readonly string[] {
  const here = sdk === '3' ? [] : [process.execPath]
  const others = allNodes === null ? versions.slice(-1) : versions
  return [...here, ...others.flatMap((version) => nodeOf(version) ?? [])]
}

describe('E24 E27: versions of the SDK and of Node', () => {
  test.each([
    ['1.30', [node22]],
    ['2', [node22, node24, node26]],
    ['3', [node22, node24, node26]],
  ] as const)('E34: SDK %s gives the rows that its official exporter gives by a receiver', async (sdk, nodes) => {
    const project = await projectOf(sdk)
    await expectRestartRidden(project, nodesFor(sdk, nodes).at(-1)!, sdk)
    const types = { module: 'nodenext', resolution: 'nodenext', file: 'typed3.ts' }
    if (sdk === '3') await expectTypes(project, types)
    for (const node of nodesFor(sdk, nodes)) {
      await using direct = await emptyDatabase()
      await using sent = await emptyDatabase()
      await using receiver = await openTestReceiver(sent.url)
      const env = { SDK: sdk, WORKFLOW: 'packed', OTEL_EXPORTER_OTLP_ENDPOINT: receiver.http }
      const own = { OTEL_EXPORTER_POSTGRES_CONNECTION_STRING: direct.url }
      expect(await project.run(node, ['sent.mjs'], { ...env, ...own })).toContain('exported')
      await using one = await connect(direct.url)
      await using other = await connect(sent.url)
      const dump = await dumpLedger(one)
      expect(dump, node).toContain('"total_tokens": 15')
      expect(dump, node).toBe(await dumpLedger(other))
    }
  })

  test.each([
    ['2', [node24]],
    ['3', [node26]],
  ] as const)('E28: it is registered with the NodeSDK of SDK %s', async (sdk, nodes) => {
    const project = await projectOf(sdk)
    // E29: the SDK knows its own exporters only; a change of that should be noticed
    const env = { OTEL_TRACES_EXPORTER: 'postgres', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' }
    const told = await project.run('sh', ['-c', '"$0" by-environment.mjs 2>&1', nodesFor(sdk, nodes).at(-1)!], env)
    expect(told).toMatch(/Unrecognized OTEL_TRACES_EXPORTER value: postgres.*ended/s)
    for (const node of nodesFor(sdk, nodes)) {
      expect(await rowsOf(project, node, 'node-sdk.mjs'), node).toMatchObject([{ workflow_id: 'packed' }])
    }
  })

  test('E15 E17: an app with all instrumentations of the NodeSDK does not export the exporter', async ({ skip }) => {
    const node = nodeOf(node26) ?? skip('npm has no newer Node for this system')
    const project = await projectOf('3')
    await using database = await emptyDatabase()
    const off = { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_NODE_RESOURCE_DETECTORS: 'env' }
    const env = { ...off, OTEL_EXPORTER_POSTGRES_CONNECTION_STRING: database.url, WORKFLOW: 'auto' }
    const told = (await project.run(node, ['auto.cjs'], env)).split('\n').find((line) => line.endsWith('exported'))
    // the app's connection and its query, and none of the exporter's
    expect(JSON.parse(told!.replace(/ exported$/, ''))).toEqual({ pg: 2, later: 0 })
    await using client = await connect(database.url)
    expect((await client.query('select workflow_id from task_executions')).rows).toEqual([{ workflow_id: 'auto' }])
  })
})
