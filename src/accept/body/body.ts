import type { IncomingMessage } from 'node:http'
import { SpanledgerError, Unavailable } from '../../errors.ts'
import { type BodyLimits, collect, type HeldBody, hold, type Room, tooLarge } from './body-buffer.ts'
import { type Encoding, inflate, inflateError } from './inflate.ts'

/**
 * Reads a body to its end, inflating as it comes in and stopping at the first byte too many (R36); what is left of the
 * request stays unread. Throws TooLarge, Malformed for bytes that aren't in their encoding, and Unavailable where the
 * budget is used up or the connection broke.
 */
export function readBody(request: IncomingMessage, encoding: Encoding, limits: BodyLimits): Promise<HeldBody> {
  return hold(limits, async (room) => {
    try {
      return await readInflated(request, encoding, room)
    } catch (error) {
      throw named(error, request, encoding)
    }
  })
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
function named(error: unknown, request: IncomingMessage, encoding?: Encoding): unknown {
  if (request.destroyed && !request.complete && !(error instanceof SpanledgerError))
    return new Unavailable('The connection was closed before the request was complete.', { cause: error })
  return encoding === undefined ? error : inflateError(encoding.name, error)
}
