import { TooLarge } from '../errors.ts'
import type { Chunks } from './chunks.ts'

/** What a body may become: `maxBytes` long, each byte counted by `take` before there is memory for it. */
export interface Room {
  readonly maxBytes: number
  /** Throws where there is no memory for so many bytes more. */
  take(bytes: number): void
}

/** All chunks as one. Throws TooLarge at the first byte too many. */
export async function collect(chunks: Chunks, room: Room): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  let length = 0
  for await (const chunk of chunks) {
    const needed = length + chunk.length
    if (needed > room.maxBytes) throw tooLarge(room.maxBytes)
    if (needed > bytes.length) bytes = grown(bytes, needed, room)
    bytes.set(chunk, length)
    length = needed
  }
  return bytes.subarray(0, length)
}

/** Copies into more room, counted first. Not a list of chunks: a sender may make each of them one byte, and an object costs a hundred. */
function grown(bytes: Buffer, needed: number, { maxBytes, take }: Room): Buffer<ArrayBuffer> {
  const length = Math.min(maxBytes, Math.max(needed, bytes.length * 2, smallestLength))
  take(length - bytes.length)
  const larger = Buffer.allocUnsafeSlow(length)
  bytes.copy(larger)
  return larger
}

const smallestLength = 4096

export function tooLarge(maxRequestBytes: number): TooLarge {
  return new TooLarge(`The request is larger than ${maxRequestBytes} bytes, counted before and after decompression.`)
}
