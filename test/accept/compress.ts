import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { Zstd } from '@hpcc-js/wasm-zstd'
import { createCompressStream } from 'snappy'

const zstd = await Zstd.load()

/** zstd with its length in the header, as whoever has all of it compresses. */
export function zstdAtOnce(body: Buffer, level: number = 3): Buffer {
  return Buffer.from(zstd.compress(body, level))
}

/** zstd without its length, as the Collector sends it. */
export function zstdInPieces(body: Buffer): Buffer {
  zstd.reset()
  const pieces = [zstd.compressChunk(body.subarray(0, 99)), zstd.compressChunk(body.subarray(99)), zstd.compressEnd()]
  return Buffer.concat(pieces)
}

export function snappyFramed(body: Buffer): Promise<Buffer> {
  return buffer(Readable.from([body]).pipe(createCompressStream()))
}
