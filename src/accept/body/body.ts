import type { IncomingMessage } from 'node:http'
import { SpanledgerError, Unavailable } from '../../errors.ts'
import {
  type BodyLimits,
  type BufferedBody,
  type ByteAllowance,
  joinChunks,
  readWithinBudget,
  tooLarge,
} from './body-buffer.ts'
import { type Encoding, inflate, inflateError } from './inflate.ts'

/**
 * Reads a body to its end and decompresses it as it arrives, stopping at the first byte over the limit (R36); what is
 * left of the request stays unread. Throws TooLarge, Malformed for bytes that aren't in their encoding, and Unavailable
 * where the budget is used up or the connection broke.
 */
export function readBody(request: IncomingMessage, encoding: Encoding, limits: BodyLimits): Promise<BufferedBody> {
  return readWithinBudget(limits, async (allowance) => {
    try {
      return await readInflated(request, encoding, allowance)
    } catch (error) {
      throw inflateError(encoding.name, translated(error, request))
    }
  })
}

/** Reads a body to its end and keeps nothing of it. Throws TooLarge, and Unavailable where the connection broke. */
export async function discardBody(request: IncomingMessage, maxRequestBytes: number): Promise<void> {
  let length = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxRequestBytes) throw tooLarge(maxRequestBytes)
    }
  } catch (error) {
    throw translated(error, request)
  }
}

async function readInflated(
  request: IncomingMessage,
  encoding: Encoding,
  allowance: ByteAllowance,
): Promise<Buffer<ArrayBuffer>> {
  const inflated = await inflate(request, encoding, allowance)
  if (inflated !== request) limitIncoming(request, inflated, allowance.maxBytes)
  // The request itself must outlive a refusal, because its answer goes over the same socket.
  const chunks = inflated.iterator({ destroyOnReturn: inflated !== request })
  return joinChunks(chunks, allowance, encoding.hasOwnChunks)
}

/** Limits the compressed bytes as well: they may decompress to nothing, without end. */
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

/** Turns the error of a broken connection into Unavailable; other errors stay as they are. */
function translated(error: unknown, request: IncomingMessage): unknown {
  const isBroken = request.destroyed && !request.complete && !(error instanceof SpanledgerError)
  return isBroken
    ? new Unavailable('The connection was closed before the request was complete.', { cause: error })
    : error
}
