/**
 * Packs `spanledger-exporter`, the part of this project that an app registers: `npm run pack:exporter`. The last line is
 * the tarball's path.
 *
 * One implementation in CommonJS and a module that hands on its names, so that an app which loads both ways has the same
 * classes. esbuild joins the rooms that `src/exporter.ts` reaches, its SQL as text. The list of prices is in a file of its
 * own, without what pricing doesn't ask, and is loaded with the first export. Program and prices are compressed, within
 * text that a bundler of an app can carry on: minified, the program alone is larger than the 300 kB that the package may
 * have.
 */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { waitForUpdate } from '@pydantic/genai-prices'
import { build, type Metafile, type Plugin } from 'esbuild'
import { parseAst } from 'vite'
import { common, compressed, root } from './pack-options.ts'
import { packProgram } from './pack-program.ts'

const require = createRequire(import.meta.url)
const project = JSON.parse(read('package.json'))
const pricesModule = '@pydantic/genai-prices'
/** The tarball lies beside it. Not in `dist`: all of that is in the receiver's own package. */
const out = path.join(root, 'packed', 'exporter')
function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

function npm(...args: readonly string[]): string {
  return execFileSync('npm', args, { cwd: out, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
}

async function packPrices(): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    minify: true,
    stdin: { contents: await pricesSource(), resolveDir: root, loader: 'ts' },
    outfile: path.join(out, 'prices.cjs'),
    plugins: [withoutData],
  })
  return metafile
}

/** The library of prices with its data given by its own interface. */
async function pricesSource(): Promise<string> {
  const text = compressed(JSON.stringify(await waitForUpdate(), onlyPricing))
  return `
    import { brotliDecompressSync } from 'node:zlib'
    import { calcPrice, updatePrices } from '${pricesModule}'
    const data = JSON.parse(brotliDecompressSync(Buffer.from('${text}', 'base64')).toString())
    updatePrices(({ setProviderData }) => setProviderData(data))
    export { calcPrice }`
}

/** What says of a provider or model only to people, or how usage is read from a provider's answers. */
const unasked = ['name', 'description', 'price_comments', 'pricing_urls', 'context_window', 'deprecated', 'extractors']

function onlyPricing(key: string, value: unknown): unknown {
  return unasked.includes(key) ? undefined : value
}

/** The library has its data as one long literal: it is left out, as its own interface brings it. */
const withoutData: Plugin = {
  name: 'without-data',
  setup({ onLoad }) {
    onLoad({ filter: /genai-prices[\\/]dist[\\/]index\.js$/ }, ({ path: file }) => {
      const source = readFileSync(file, 'utf8')
      const [start, end] = longestArray(source)
      return { contents: `${source.slice(0, start)}[]${source.slice(end)}`, loader: 'js' }
    })
  },
}

/** Where a node of the syntax tree stands. */
interface Place {
  readonly start: number
  readonly end: number
}

function longestArray(source: string): [start: number, end: number] {
  const arrays = parseAst(source).body.flatMap((statement) =>
    statement.type === 'VariableDeclaration'
      ? statement.declarations.flatMap(({ init }) =>
          init?.type === 'ArrayExpression' ? (init as unknown as Place) : [],
        )
      : [],
  )
  const [longest] = arrays.map(({ start, end }) => [start, end] as const).sort((a, b) => b[1] - b[0] - (a[1] - a[0]))
  if (longest === undefined) throw new Error('the library of prices has no list of providers any more')
  return [...longest]
}

/** The declarations that `exporter.d.ts` reaches; what it doesn't is nobody's concern. */
function writeDeclarations(): void {
  const all = mkdtempSync(path.join(os.tmpdir(), 'spanledger-types-'))
  const tsc = path.join(root, 'node_modules', '.bin', 'tsc')
  // `isolatedDeclarations`: they are written file by file, and `npm run check` is what checks them
  const flags = ['--noEmit', 'false', '--noCheck', '--emitDeclarationOnly', '--rootDir', 'src', '--outDir', all]
  execFileSync(tsc, ['-p', 'tsconfig.json', ...flags], { cwd: root, stdio: 'inherit' })
  const files = reachedFrom(all, 'exporter.d.ts')
  for (const [file, text] of files) {
    const place = path.join(out, 'types', file)
    mkdirSync(path.dirname(place), { recursive: true })
    writeFileSync(place, text)
  }
  for (const ending of ['mts', 'cts']) {
    writeFileSync(path.join(out, `index.d.${ending}`), `export * from './types/exporter.js'\n`)
  }
  rmSync(all, { recursive: true })
}

function reachedFrom(folder: string, first: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>()
  const waiting = [first]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue
    const text = readFileSync(path.join(folder, file), 'utf8').replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'")
    files.set(file, text)
    for (const [, target] of text.matchAll(/from '(\.[^']*)\.js'/g)) {
      waiting.push(path.posix.join(path.posix.dirname(file), `${target}.d.ts`))
    }
  }
  return files
}

function moduleOf(commonJs: string): string {
  const names = Object.keys(require(commonJs)).filter((name) => name !== 'default')
  return `import exporter from './index.cjs'\nexport const { ${names.join(', ')} } = exporter\n`
}

/** The licences of the packages of which something is carried along. */
function noticesOf(metafiles: readonly Metafile[]): string {
  const files = metafiles.flatMap(({ inputs }) => Object.keys(inputs))
  const packages = new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []))
  return [...packages].sort().map(noticeOf).join('\n\n')
}

function noticeOf(name: string): string {
  const { version, license } = JSON.parse(read(`node_modules/${name}/package.json`))
  return `${name} ${version}, ${license}\n\n${read(`node_modules/${name}/LICENSE`).trim()}\n`
}

function manifest(): object {
  const of = (name: string) => project.dependencies[name]
  const entry = (kind: 'mts' | 'cts') => ({
    types: `./index.d.${kind}`,
    default: kind === 'mts' ? './index.mjs' : './index.cjs',
  })
  return {
    name: 'spanledger-exporter',
    version: project.version,
    description: 'An OpenTelemetry SpanExporter that writes an exact ledger of agent work into PostgreSQL.',
    license: project.license,
    keywords: ['opentelemetry', 'exporter', 'postgresql', 'genai', 'agents', 'llm', 'cost'],
    engines: project.engines,
    type: 'commonjs',
    main: './index.cjs',
    module: './index.mjs',
    types: './index.d.cts',
    exports: { '.': { import: entry('mts'), require: entry('cts') }, './package.json': './package.json' },
    sideEffects: false,
    dependencies: { pg: `^${of('pg')}` },
    peerDependencies: { '@opentelemetry/api': '>=1.3.0 <2' },
  }
}

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const inputs = [await packProgram(out), await packPrices()]
writeDeclarations()
writeFileSync(path.join(out, 'index.mjs'), moduleOf(path.join(out, 'index.cjs')))
cpSync(path.join(root, 'LICENSE'), path.join(out, 'LICENSE'))
cpSync(path.join(root, 'src', 'exporting', 'README.md'), path.join(out, 'README.md'))
writeFileSync(path.join(out, 'THIRD_PARTY_NOTICES.txt'), noticesOf(inputs))
writeFileSync(path.join(out, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`)
const [packed] = JSON.parse(npm('pack', '--json', '--pack-destination', path.dirname(out)))
console.log(`${packed.files.length} files, ${packed.unpackedSize} bytes, packed ${packed.size}`)
console.log(path.join(path.dirname(out), packed.filename))
