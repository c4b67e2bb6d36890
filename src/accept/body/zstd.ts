import { Decompress } from 'fzstd'
import { TooLarge } from '../../errors.ts'
import type { ByteAllowance } from './body-buffer.ts'
import { ChunkReader, type Chunks } from './chunks.ts'

/**
 * Decompresses zstd: any number of frames, and skippable ones between. Node's own decoder, where there is one, silently
 * skips all frames but the first, so a library decodes on every Node. It is given one block at a time, so that at most
 * one (128 KiB) is decompressed ahead of its reader. Checksums aren't compared, because TCP has its own.
 * Source: https://datatracker.ietf.org/doc/html/rfc8878
 */
export async function* decompressZstd(compressed: Chunks, allowance: ByteAllowance): AsyncGenerator<Uint8Array> {
  const reader = new ChunkReader(compressed)
  const left: Left = { copiedBytes: copiesOfMax * allowance.maxBytes, frames: mostFrames, blocks: mostBlocks }
  for (;;) {
    const magic = await reader.upTo(4)
    if (magic.length === 0) return
    if (left.frames-- === 0) throw new TooLarge('The body has too many frames of zstd; compress it in one piece.')
    if (magic.length === 4 && isSkippable(magic)) await reader.skip((await reader.exactly(4)).readUInt32LE())
    else if (magic.equals(frameMagic)) yield* frame(reader, allowance, left)
    else throw new Error('no magic number')
  }
}

const frameMagic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])

function isSkippable(magic: Buffer): boolean {
  return (magic.readUInt32LE() & 0xfffffff0) === 0x184d2a50
}

/** What the body may still cost. */
interface Left {
  copiedBytes: number
  frames: number
  blocks: number
}

// An empty frame has nine bytes, an empty block three, and each takes some microseconds. Encoders write one frame, or one
// for some megabytes, and a block for 128 KiB or for what was flushed.
const mostFrames = 4096
const mostBlocks = 128 * 1024

// The library copies its whole window for every block. Encoders fill their blocks, so a body of the greatest length with
// the usual window stays within this limit. A body of tiny blocks, which would take minutes, doesn't.
const copiesOfMax = 64

async function* frame(reader: ChunkReader, allowance: ByteAllowance, left: Left): AsyncGenerator<Uint8Array> {
  const header = await headerOf(reader)
  allowance.take(header.windowBytes)
  const blocks: Uint8Array[] = []
  const decoder = new Decompress((block) => blocks.push(block))
  decoder.push(frameMagic)
  decoder.push(header.bytes)
  for (let last = false; !last; ) {
    const block = await blockOf(reader)
    left.copiedBytes -= header.windowBytes
    if (left.copiedBytes < 0 || left.blocks-- === 0)
      throw new TooLarge('The body has too many blocks of zstd; compress it in fewer pieces.')
    decoder.push(block.bytes)
    yield* blocks.splice(0)
    last = block.last
  }
  decoder.push(await reader.exactly(header.checksumBytes), true)
  yield* blocks
}

/** The header of a frame. */
interface FrameHeader {
  /** Without the magic number. */
  readonly bytes: Buffer
  readonly windowBytes: number
  readonly checksumBytes: number
}

async function headerOf(reader: ChunkReader): Promise<FrameHeader> {
  const first = await reader.exactly(1)
  const flags = first.readUInt8()
  const single = (flags & 0x20) !== 0
  if ((flags & 3) !== 0) throw new Error('it needs a dictionary')
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][flags >> 6]!
  const rest = await reader.exactly((single ? 0 : 1) + sizeBytes)
  const windowBytes = single ? contentSize(rest) : windowSize(rest.readUInt8())
  if (windowBytes > maxWindowBytes)
    throw new Error(`its window of ${windowBytes} bytes is longer than ${maxWindowBytes}; use a lower level`)
  return { bytes: Buffer.concat([first, rest]), windowBytes, checksumBytes: flags & 4 }
}

// The Collector's highest level has a window of this length, its usual level one of 8 MiB.
const maxWindowBytes = 32 * 1024 * 1024

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSize(field: Buffer): number {
  if (field.length === 8) return Number(field.readBigUInt64LE())
  return field.readUIntLE(0, field.length) + (field.length === 2 ? 256 : 0)
}

async function blockOf(reader: ChunkReader): Promise<{ readonly bytes: Buffer; readonly last: boolean }> {
  const header = await reader.exactly(3)
  const bits = header.readUIntLE(0, 3)
  const size = bits >> 3
  if (size > maxBlockBytes) throw new Error(`a block of ${size} bytes`)
  const isRepeatedByte = (bits & 6) === 2
  const content = await reader.exactly(isRepeatedByte ? 1 : size)
  return { bytes: Buffer.concat([header, content]), last: (bits & 1) === 1 }
}

const maxBlockBytes = 128 * 1024
