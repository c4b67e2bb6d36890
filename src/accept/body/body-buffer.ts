import { TooLarge } from '../../errors.ts'
import type { ByteBudget } from './budget.ts'
import type { Chunks } from './chunks.ts'

/** The bytes of a request, inflated. Whoever has them calls `release` when nothing refers to them any more. */
export interface HeldBody {
  readonly bytes: Buffer
  release(): void
}

/** The limits of one body. `maxRequestBytes` holds for what comes in and for what it inflates to, each (R34). */
export interface BodyLimits {
  readonly maxRequestBytes: number
  readonly budget: ByteBudget
}

/** What a body may become: `maxBytes` long, each byte counted by `take` before there is memory for it. */
export interface Room {
  readonly maxBytes: number
  /** Throws where there is no memory for so many bytes more. */
  take(bytes: number): void
}

/** Reads a body into room that the budget has, and gives it back at once where that fails. */
export async function hold(limits: BodyLimits, read: (room: Room) => Promise<Buffer>): Promise<HeldBody> {
  const lease = limits.budget.lease()
  try {
    const bytes = await read({ maxBytes: limits.maxRequestBytes, take: lease.take })
    return { bytes, release: lease.release }
  } catch (error) {
    lease.release()
    throw error
  }
}

/** A body as it grows. */
export interface Gathering {
  /** Throws TooLarge at the first byte too many. */
  add(chunk: Uint8Array): void
  /** All that has been added, valid until more is. */
  bytes(): Buffer
}

/** Gathers chunks in one buffer, not in a list: a sender may make each of them one byte, and an object costs a hundred. */
export function gather(room: Room): Gathering {
  let bytes = Buffer.alloc(0)
  let length = 0
  return {
    add(chunk) {
      const needed = length + chunk.length
      if (needed > room.maxBytes) throw tooLarge(room.maxBytes)
      if (needed > bytes.length) bytes = grown(bytes, needed, room)
      bytes.set(chunk, length)
      length = needed
    },
    bytes: () => bytes.subarray(0, length),
  }
}

/** All chunks as one. Throws TooLarge at the first byte too many. */
export async function collect(chunks: Chunks, room: Room): Promise<Buffer> {
  const gathered = gather(room)
  for await (const chunk of chunks) gathered.add(chunk)
  return gathered.bytes()
}

/** Copies into more memory, which is counted first. */
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
