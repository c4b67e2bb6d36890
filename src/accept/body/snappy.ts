import { pipeline, Readable } from 'node:stream'
import { createUncompressStream, uncompress } from 'snappy'
import { freeMemory } from '../../free-memory.ts'
import { type ByteAllowance, joinChunks, tooLarge } from './body-buffer.ts'
import { ChunkReader, type Chunks } from './chunks.ts'

/**
 * Decompresses snappy, framed or in one block: both are called `snappy`, and the Collector sends the framed form.
 * Source: framing_format.txt and format_description.txt of https://github.com/google/snappy
 */
export async function* decompressSnappy(compressed: Chunks, allowance: ByteAllowance): AsyncGenerator<Uint8Array> {
  const reader = new ChunkReader(compressed)
  const head = await reader.upTo(streamIdentifier.length)
  const all = chained(head, reader.rest())
  if (head.equals(streamIdentifier)) yield* unframed(all)
  else if (head.length > 0) yield await uncompressed(all, allowance)
}

const streamIdentifier = Buffer.from('\xff\x06\x00\x00sNaPpY', 'latin1')

async function* chained(first: Buffer, rest: Chunks): Chunks {
  yield first
  yield* rest
}

function unframed(framed: Chunks): AsyncIterable<Buffer> {
  // An error on either side ends the decompressed stream.
  return pipeline(Readable.from(framed), createUncompressStream(), () => {})
}

/**
 * Uncompresses a block. The larger of the block and its content is counted: both together would leave no room for a block
 * of half the budget, however often it is sent. The reader of the content counts it by itself.
 */
async function uncompressed(chunks: Chunks, allowance: ByteAllowance): Promise<Uint8Array> {
  let taken = 0
  const take = (bytes: number) => {
    allowance.take(bytes)
    taken += bytes
  }
  const block = await joinChunks(chunks, { ...allowance, take })
  const length = lengthOf(block)
  if (length > allowance.maxBytes) throw tooLarge(allowance.maxBytes)
  take(Math.max(0, length - taken))
  const content = (await uncompress(block)) as Buffer
  freeMemory(block)
  allowance.give(taken)
  return content
}

/** The uncompressed length of a block, a varint at its start. */
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
