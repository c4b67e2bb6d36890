import type { IncomingMessage } from 'node:http'
import { Malformed, SpanledgerError, Unavailable } from '../errors.ts'
import type { ByteBudget, Lease } from './budget.ts'
import { tooLarge } from './headers.ts'
import { type Encoding, inflate } from './inflate.ts'

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

/**
 * Reads a body to its end, inflating as it comes in and stopping at the first byte too many (R36); what is left of the
 * request stays unread. Throws TooLarge, Malformed for bytes that aren't in their encoding, and Unavailable where the
 * budget is used up or the connection broke.
 */
export async function readBody(request: IncomingMessage, encoding: Encoding, limits: BodyLimits): Promise<HeldBody> {
  const lease = limits.budget.lease()
  try {
    const bytes = await collect(request, encoding, limits.maxRequestBytes, lease)
    return { bytes, release: lease.release }
  } catch (error) {
    lease.release()
    throw named(error, request)
  }
}

/** Reads a body to its end and keeps nothing. Throws TooLarge, and Unavailable where the connection broke. */
export async function discardBody(request: IncomingMessage, maxRequestBytes: number): Promise<void> {
  let length = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxRequestBytes) throw tooLarge(maxRequestBytes)
    }
  } catch (error) {
    throw named(error, request)
  }
}

async function collect(request: IncomingMessage, encoding: Encoding, max: number, lease: Lease): Promise<Buffer> {
  const inflated = await inflate(request, encoding)
  if (inflated !== request) limitIncoming(request, inflated, max)
  let bytes = Buffer.alloc(0)
  let length = 0
  // The request itself must outlive a refusal: its answer goes over the same socket.
  for await (const chunk of inflated.iterator({ destroyOnReturn: inflated !== request }) as AsyncIterable<Buffer>) {
    const needed = length + chunk.length
    if (needed > max) throw tooLarge(max)
    if (needed > bytes.length) bytes = grown(bytes, needed, max, lease)
    length += chunk.copy(bytes, length)
  }
  return bytes.subarray(0, length)
}

/** Copies into more room, counted first. Not a list of chunks: a sender may make each of them one byte, and an object costs a hundred. */
function grown(bytes: Buffer, needed: number, max: number, lease: Lease): Buffer<ArrayBuffer> {
  const room = Math.min(max, Math.max(needed, bytes.length * 2, smallestRoom))
  lease.take(room - bytes.length)
  const larger = Buffer.allocUnsafeSlow(room)
  bytes.copy(larger)
  return larger
}

const smallestRoom = 4096

/** Compressed bytes may inflate to nothing, for ever. */
function limitIncoming(
  request: IncomingMessage,
  inflated: NodeJS.ReadableStream & { destroy(error: Error): void },
  max: number,
): void {
  let length = 0
  request.on('data', (chunk: Buffer) => {
    length += chunk.length
    if (length > max) inflated.destroy(tooLarge(max))
  })
}

/** The foreign errors of this step by their names in the house: a broken connection's and zlib's. */
function named(error: unknown, request: IncomingMessage): unknown {
  if (error instanceof SpanledgerError) return error
  if (request.destroyed && !request.complete)
    return new Unavailable('The connection was closed before the request was complete.', { cause: error })
  if (!isInflating(error)) return error
  const encoding = request.headers['content-encoding']
  return new Malformed(`The body isn't valid ${encoding}: ${error.message}.`, { cause: error })
}

// Z_DATA_ERROR, Z_BUF_ERROR (it ends too early), … and ZSTD_error_…
function isInflating(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code))
}
