import path from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import type { BuildOptions } from 'esbuild'

export const root: string = path.join(import.meta.dirname, '..', '..')

/** How esbuild joins what is in the exporter's package. */
export const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.12',
  format: 'cjs',
  metafile: true,
  legalComments: 'none',
  logLevel: 'warning',
} as const satisfies BuildOptions

/** A text, compressed as far as brotli can, in base64. */
export function compressed(text: string): string {
  const data = Buffer.from(text)
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
  }
  return brotliCompressSync(data, { params }).toString('base64')
}
