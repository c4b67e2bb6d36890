import { once } from 'node:events'
import { finished, type Readable, type Transform } from 'node:stream'
import * as zlib from 'node:zlib'

/** Makes the stream that undoes one content encoding; null where there is nothing to undo. */
export type Encoding = (compressed: Readable) => Promise<Transform> | null

/**
 * The content encodings that are read, by name (R14). `deflate` is zlib's format, but some send the bare one (R15).
 * zstd is in Node from 22.15. Of snappy, which the Collector can send, Node knows nothing.
 */
export const encodings: ReadonlyMap<string, Encoding> = new Map<string, Encoding>([
  ['identity', () => null],
  ['gzip', async () => zlib.createGunzip({ chunkSize })],
  ['zlib', async () => zlib.createInflate({ chunkSize })],
  [
    'deflate',
    async (compressed) =>
      ((await looksLikeZlib(compressed)) ? zlib.createInflate : zlib.createInflateRaw)({ chunkSize }),
  ],
  ...('createZstdDecompress' in zlib ? [zstd(zlib.createZstdDecompress)] : []),
])

// Four times the default: a body of some hundred kilobytes is a few chunks instead of many.
const chunkSize = 64 * 1024

/** Connects a body with the stream that inflates it. Both errors and a connection that breaks end the inflated stream. */
export async function inflate(compressed: Readable, encoding: Encoding): Promise<Readable> {
  const inflater = await encoding(compressed)
  if (inflater === null) return compressed
  // pipe tells its target of an end, but of no error
  finished(compressed, (error) => error && inflater.destroy(error))
  return compressed.pipe(inflater)
}

function zstd(create: unknown): [string, Encoding] {
  return ['zstd', async () => (create as () => Transform)()]
}

/**
 * Whether the first byte says "method 8", as every zlib stream's does. A bare deflate stream could only begin so with a
 * stored block whose padding isn't zero. An empty body is taken for zlib.
 */
async function looksLikeZlib(compressed: Readable): Promise<boolean> {
  await once(compressed, 'readable')
  const first: Buffer | null = compressed.read(1)
  if (first === null) return true
  compressed.unshift(first)
  return (first[0]! & 0x0f) === 8
}
