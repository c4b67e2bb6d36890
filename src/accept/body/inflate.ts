import { once } from 'node:events'
import { Duplex, finished, type Readable } from 'node:stream'
import * as zlib from 'node:zlib'
import { Malformed, messageOf, SpanledgerError } from '../../errors.ts'
import type { Room } from './body-buffer.ts'
import type { Chunks } from './chunks.ts'
import { unsnappy } from './snappy.ts'
import { unzstd } from './zstd.ts'

/** One way to compress a body. */
export interface Encoding {
  readonly name: string
  /** Makes the stream that decompresses; null where the body is as it was. */
  readonly inflater: (compressed: Readable, room: Room) => Promise<Duplex> | null
}

/** The encodings that are read, by name (R14). `deflate` is zlib's format, but some send the bare one (R15). */
export const encodings: ReadonlyMap<string, Encoding> = new Map(
  Object.entries<Encoding['inflater']>({
    identity: () => null,
    gzip: async () => zlib.createGunzip({ chunkSize }),
    zlib: async () => zlib.createInflate({ chunkSize }),
    deflate: async (compressed) =>
      ((await looksLikeZlib(compressed)) ? zlib.createInflate : zlib.createInflateRaw)({ chunkSize }),
    zstd: undoing('zstd', unzstd),
    snappy: undoing('snappy', unsnappy),
    'x-snappy-framed': undoing('snappy', unsnappy),
  }).map(([name, inflater]) => [name, { name, inflater }]),
)

// Four times the default: a body of some hundred kilobytes is a few chunks instead of many.
const chunkSize = 64 * 1024

/** Connects a body with the stream that inflates it. Both errors and a connection that breaks end the inflated stream. */
export async function inflate(compressed: Readable, encoding: Encoding, room: Room): Promise<Readable> {
  const inflater = await encoding.inflater(compressed, room)
  if (inflater === null) return compressed
  // pipe tells its target of an end, but of no error
  finished(compressed, (error) => error && inflater.destroy(error))
  return compressed.pipe(inflater)
}

/** What a generator undoes, as a stream that asks it for no more than is read. */
function undoing(
  name: string,
  undo: (compressed: Chunks, room: Room) => AsyncIterable<Uint8Array>,
): Encoding['inflater'] {
  return async (_, room) =>
    Duplex.from(async function* (compressed: Chunks) {
      try {
        yield* undo(compressed, room)
      } catch (error) {
        throw error instanceof SpanledgerError ? error : notIn(name, error)
      }
    })
}

/** An error of zlib (Z_DATA_ERROR, Z_BUF_ERROR: it ends too early, …) by its name in the house; others as they are. */
export function inflateError(encoding: string, error: unknown): unknown {
  const isOfZlib = error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
  return isOfZlib ? notIn(encoding, error) : error
}

/** The body isn't what its encoding says. */
function notIn(encoding: string, error: unknown): Malformed {
  const why = messageOf(error)
  return new Malformed(`The body isn't valid ${encoding}: ${why}.`, { cause: error })
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
