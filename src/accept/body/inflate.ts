import { once } from 'node:events'
import { Duplex, finished, type Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { Malformed, messageOf, SpanledgerError } from '../../errors.ts'
import type { ByteAllowance } from './body-buffer.ts'
import type { Chunks } from './chunks.ts'
import { decompressSnappy } from './snappy.ts'
import { decompressZstd } from './zstd.ts'

/** A content encoding that is read. */
export interface Encoding {
  readonly name: string
  /** Makes the stream that decompresses; null where the body is as it was. */
  readonly inflater: (compressed: Readable, allowance: ByteAllowance) => Promise<Duplex> | null
  /** Whether nothing else is in the memory of a chunk that fills it. Libraries may keep theirs. */
  readonly hasOwnChunks: boolean
}

/** The encodings that are read, by name (R14). `deflate` is zlib's format, but some send the bare one (R15). */
export const encodings: ReadonlyMap<string, Encoding> = new Map(
  Object.entries<Encoding['inflater']>({
    identity: () => null,
    gzip: async () => zlib.createGunzip({ chunkSize }),
    zlib: async () => zlib.createInflate({ chunkSize }),
    deflate: async (compressed) =>
      ((await looksLikeZlib(compressed)) ? zlib.createInflate : zlib.createInflateRaw)({ chunkSize }),
    zstd: decompressor('zstd', decompressZstd),
    snappy: decompressor('snappy', decompressSnappy),
    'x-snappy-framed': decompressor('snappy', decompressSnappy),
  }).map(([name, inflater]) => [name, { name, inflater, hasOwnChunks: !/zstd|snappy/.test(name) }]),
)

// Four times the default: a body of some hundred kilobytes is a few chunks instead of many.
const chunkSize = 64 * 1024

/** Connects a body with the stream that decompresses it. Errors and a broken connection end the decompressed stream. */
export async function inflate(compressed: Readable, encoding: Encoding, allowance: ByteAllowance): Promise<Readable> {
  const inflater = await encoding.inflater(compressed, allowance)
  if (inflater === null) return compressed
  // pipe passes an end on to its target, but no error.
  finished(compressed, (error) => error && inflater.destroy(error))
  return compressed.pipe(inflater)
}

/** A stream around a generator that decompresses: the generator runs only as far as the stream is read. */
function decompressor(
  name: string,
  decompress: (compressed: Chunks, allowance: ByteAllowance) => AsyncIterable<Uint8Array>,
): Encoding['inflater'] {
  return async (_, allowance) =>
    Duplex.from(async function* (compressed: Chunks) {
      try {
        yield* decompress(compressed, allowance)
      } catch (error) {
        throw error instanceof SpanledgerError ? error : invalid(name, error)
      }
    })
}

/** Turns an error of zlib (Z_DATA_ERROR; Z_BUF_ERROR where the body ends too early) into Malformed; others stay as they are. */
export function inflateError(encoding: string, error: unknown): unknown {
  const isOfZlib = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
  return isOfZlib ? invalid(encoding, error) : error
}

/** The error of a body that isn't in its encoding. */
function invalid(encoding: string, error: unknown): Malformed {
  const why = messageOf(error)
  return new Malformed(`The body isn't valid ${encoding}: ${why}.`, { cause: error })
}

/**
 * Whether the first byte says "method 8", as in every zlib stream. A bare deflate stream can only begin so with a stored
 * block whose padding isn't zero. An empty body counts as zlib.
 */
async function looksLikeZlib(compressed: Readable): Promise<boolean> {
  // a stream without a byte ends without having been readable
  await Promise.race([once(compressed, 'readable'), once(compressed, 'end')])
  const first: Buffer | null = compressed.read(1)
  if (first === null) return true
  compressed.unshift(first)
  return (first[0]! & 0x0f) === 8
}
