import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild'
import { common, compressed, root } from './pack-options.ts'
import { sqlAsText } from './sql-as-text.ts'

/** The text of the exporter's program, and what it is made of. */
interface Program {
  readonly text: string
  readonly metafile: Metafile
}

/**
 * Writes the program of the exporter: `program.cjs` is its text, compressed, and `index.cjs` runs it. The names of
 * functions and variables stay in the text, so that it can be read and its stacks tell something. It has only those
 * statements of SQL that the program names.
 */
export async function packProgram(out: string): Promise<Metafile> {
  const everything = await join({ write: false })
  const { text, metafile } = await join({ plugins: [sqlAsText(namedIn(everything.metafile)), pricesApart] })
  writeFileSync(path.join(out, 'program.cjs'), textModule(text))
  writeFileSync(path.join(out, 'index.cjs'), loaderOf(metafile))
  return metafile
}

async function join(options: BuildOptions): Promise<Program> {
  const { metafile, outputFiles } = await build({
    ...common,
    entryPoints: ['src/exporter.ts'],
    minifyWhitespace: true,
    minifySyntax: true,
    outfile: path.join(root, 'index.cjs'),
    write: false,
    // what another file of the package has is required, as a script that is run has no `import` of its own
    supported: { 'dynamic-import': false },
    external: ['pg', '@opentelemetry/api'],
    plugins: [sqlAsText(), pricesApart],
    ...options,
  })
  return { text: outputFiles![0]!.text, metafile: metafile! }
}

/** Whether a source that the program is made of names a statement: the two files that list them all don't count. */
function namedIn({ outputs }: Metafile): (name: string) => boolean {
  const [output] = Object.values(outputs)
  const files = Object.entries(output!.inputs)
    .filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && !file.endsWith('/statements.ts'))
    .map(([file]) => file)
  const sources = files.map((file) => readFileSync(path.join(root, file), 'utf8')).join('\n')
  return (name) => sources.includes(`'${name}'`)
}

function textModule(text: string): string {
  return [
    '// The program of spanledger-exporter as text, compressed: it is larger than the 300 kB that the package may have.',
    '// To read it: node -p "require(\'./program.cjs\')". It is made of the folder src of the repository of Spanledger.',
    "const { brotliDecompressSync } = require('node:zlib')",
    `module.exports = brotliDecompressSync(Buffer.from('${compressed(text)}', 'base64')).toString()`,
    '',
  ].join('\n')
}

/**
 * The file that an app loads: it runs the program with the modules that the program requires. Each is required in plain
 * sight, so that a bundler finds it.
 */
function loaderOf({ outputs }: Metafile): string {
  const [output] = Object.values(outputs)
  const required = [...new Set(output!.imports.map(({ path }) => path))].sort()
  const modules = required.map((name) => `  '${name}': () => require('${name}'),`)
  return [
    "const { Script } = require('node:vm')",
    "const program = require('./program.cjs')",
    `const modules = {\n${modules.join('\n')}\n}`,
    "const text = '(function (module, require) {' + program + '\\n})'",
    "const script = new Script(text, { filename: 'spanledger-exporter' })",
    'script.runInThisContext()(module, (name) => modules[name]())',
    '',
  ].join('\n')
}

const pricesApart: Plugin = {
  name: 'prices-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^@pydantic\/genai-prices$/ }, () => ({ path: './prices.cjs', external: true }))
  },
}
