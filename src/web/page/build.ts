import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { build } from 'esbuild'

const source = import.meta.dirname
const out = path.join(source, '..', '..', '..', 'dist', 'web', 'page')

/** Builds the page into `folder`: files with hashes in their names, each in its compressed forms alone. */
export async function buildPage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const { metafile } = await build({
    entryPoints: {
      page: path.join(source, 'main.tsx'),
      style: path.join(source, 'style', 'page.css'),
      icon: path.join(source, 'style', 'icon.svg'),
    },
    outdir: path.join(folder, 'assets'),
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    loader: { '.svg': 'copy' },
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    format: 'esm',
    target: ['es2023', 'chrome123', 'firefox120', 'safari17.5'],
    legalComments: 'none',
    logLevel: 'error',
    absWorkingDir: path.join(source, '..', '..', '..'),
  })
  const names = Object.keys(metafile.outputs).map((file) => path.basename(file))
  const named = (pattern: RegExp) => names.find((name) => pattern.test(name))!
  const html = await readFile(path.join(source, 'index.html'), 'utf8')
  const [script, style, icon] = [named(/^page-.*\.js$/), named(/^style-.*\.css$/), named(/^icon-.*\.svg$/)]
  const filled = html.replace('page.js', script).replace('page.css', style).replace('icon.svg', icon)
  await writeFile(path.join(folder, 'index.html'), filled)
  await compress(folder)
}

async function compress(folder: string): Promise<void> {
  const level = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }
  for (const name of await readdir(folder, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(folder, name)
    if (!path.extname(name)) continue
    const bytes = await readFile(file)
    await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
    await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, level))
    await rm(file)
  }
}

if (process.argv[1] === import.meta.filename) await buildPage(out)
