import type { IncomingMessage } from 'node:http'
import { SpanledgerError, Unavailable } from '../errors.ts'
import type { ByteBudget } from './budget.ts'
import { type Encoding, inflate, notIn } from './inflate.ts'
import { collect, type Room, tooLarge } from './room.ts'

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
    const bytes = await readInflated(request, encoding, { maxBytes: limits.maxRequestBytes, take: lease.take })
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

async function readInflated(request: IncomingMessage, encoding: Encoding, room: Room): Promise<Buffer> {
  const inflated = await inflate(request, encoding, room)
  if (inflated !== request) limitIncoming(request, inflated, room.maxBytes)
  // The request itself must outlive a refusal: its answer goes over the same socket.
  return collect(inflated.iterator({ destroyOnReturn: inflated !== request }), room)
}

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
  return isInflating(error) ? notIn(request.headers['content-encoding'] ?? '', error) : error
}

// Z_DATA_ERROR, Z_BUF_ERROR (it ends too early), …
function isInflating(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}
