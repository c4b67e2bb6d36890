import { TooLarge } from '../../errors.ts'
import { freeMemory } from '../../free-memory.ts'
import type { ByteBudget } from './budget.ts'
import type { Chunks } from './chunks.ts'

/** The decompressed bytes of a request. `release` frees them: it must be called when nothing refers to them any more. */
export interface BufferedBody {
  readonly bytes: Buffer<ArrayBuffer>
  release(): void
}

/** The limits of one body. `maxRequestBytes` limits both what arrives and what it decompresses to (R34). */
export interface BodyLimits {
  readonly maxRequestBytes: number
  readonly budget: ByteBudget
}

/** The memory that one body may use. */
export interface ByteAllowance {
  readonly maxBytes: number
  /** Counts this many bytes before they are allocated. Throws Unavailable where the budget has no room for them. */
  take(bytes: number): void
  /** Gives so many bytes back, whose memory is free again. */
  give(bytes: number): void
}

/** Reads a body and counts it in the budget; a body that can't be read is taken out of the budget at once. */
export async function readWithinBudget(
  limits: BodyLimits,
  read: (allowance: ByteAllowance) => Promise<Buffer<ArrayBuffer>>,
): Promise<BufferedBody> {
  const lease = limits.budget.lease()
  try {
    const bytes = await read({ maxBytes: limits.maxRequestBytes, take: lease.take, give: lease.give })
    const release = () => {
      lease.release()
      freeMemory(bytes)
    }
    return { bytes, release }
  } catch (error) {
    lease.release()
    throw error
  }
}

/** A buffer that grows with what is added to it. */
export interface GrowingBuffer {
  /** Throws TooLarge at the first byte over the limit. */
  add(chunk: Uint8Array): void
  /** All that was added; valid until more is added. */
  bytes(): Buffer<ArrayBuffer>
}

/**
 * An empty buffer. It copies the chunks instead of listing them, because a sender may make each of them one byte, and an
 * object takes a hundred.
 */
export function growingBuffer(allowance: ByteAllowance): GrowingBuffer {
  let bytes: Buffer<ArrayBuffer> = Buffer.alloc(0)
  let length = 0
  return {
    add(chunk) {
      const needed = length + chunk.length
      if (needed > allowance.maxBytes) throw tooLarge(allowance.maxBytes)
      if (needed > bytes.length) bytes = grown(bytes, needed, allowance)
      bytes.set(chunk, length)
      length = needed
    },
    bytes: () => bytes.subarray(0, length),
  }
}

/** Joins all chunks, and frees those that have their memory alone. Throws TooLarge at the first byte over the limit. */
export async function joinChunks(
  chunks: Chunks,
  allowance: ByteAllowance,
  hasOwnChunks = false,
): Promise<Buffer<ArrayBuffer>> {
  const buffer = growingBuffer(allowance)
  try {
    for await (const chunk of chunks) {
      buffer.add(chunk)
      if (hasOwnChunks && chunk.length === chunk.buffer.byteLength) freeMemory(chunk)
    }
    return buffer.bytes()
  } catch (error) {
    freeMemory(buffer.bytes())
    throw error
  }
}

/** Moves bytes to more memory, which is counted before it is allocated. */
function grown(bytes: Buffer<ArrayBuffer>, needed: number, { maxBytes, take }: ByteAllowance): Buffer<ArrayBuffer> {
  const length = Math.min(maxBytes, Math.max(needed, bytes.length * 2, smallestLength))
  take(length - bytes.length)
  const larger = Buffer.allocUnsafeSlow(length)
  bytes.copy(larger)
  freeMemory(bytes)
  return larger
}

const smallestLength = 4096

/** The error of a request over the limit (R35). */
export function tooLarge(maxRequestBytes: number): TooLarge {
  return new TooLarge(`The request is larger than ${maxRequestBytes} bytes, counted before and after decompression.`)
}
