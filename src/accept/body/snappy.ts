import { pipeline, Readable } from 'node:stream'
import { createUncompressStream, uncompress } from 'snappy'
import { collect, type Room, tooLarge } from './body-buffer.ts'
import { ChunkReader, type Chunks } from './chunks.ts'

/**
 * Undoes snappy, framed or in one block: both are called `snappy`, and the Collector sends the framed one.
 * Source: framing_format.txt and format_description.txt of https://github.com/google/snappy
 */
export async function* unsnappy(compressed: Chunks, room: Room): AsyncGenerator<Uint8Array> {
  const reader = new ChunkReader(compressed)
  const head = await reader.upTo(streamIdentifier.length)
  const all = chained(head, reader.rest())
  if (head.equals(streamIdentifier)) yield* unframed(all)
  else if (head.length > 0) yield await uncompressed(await collect(all, room), room)
}

const streamIdentifier = Buffer.from('\xff\x06\x00\x00sNaPpY', 'latin1')

async function* chained(first: Buffer, rest: Chunks): Chunks {
  yield first
  yield* rest
}

function unframed(framed: Chunks): AsyncIterable<Buffer> {
  // An error of either side ends the stream that is read.
  return pipeline(Readable.from(framed), createUncompressStream(), () => {})
}

async function uncompressed(block: Buffer, room: Room): Promise<Uint8Array> {
  const length = lengthOf(block)
  if (length > room.maxBytes) throw tooLarge(room.maxBytes)
  room.take(length)
  return Buffer.from(await uncompress(block))
}

/** A block begins with its uncompressed length, a varint. */
function lengthOf(block: Buffer): number {
  let length = 0
  for (let at = 0; at < maxVarintBytes; at++) {
    const byte = block.at(at) ?? 0
    length += (byte & 127) * 2 ** (7 * at)
    if (byte < 128) break
  }
  return length
}

const maxVarintBytes = 5
