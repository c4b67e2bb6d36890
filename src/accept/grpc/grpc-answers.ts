import type { OutgoingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { failureOf } from '../answers/answers.ts'
import { retryInfoBytes, statusBytes } from '../answers/messages.ts'
import { acceptedEncodings } from './grpc-message.ts'

/** OK with a message. */
export function answerMessage(stream: ServerHttp2Stream, message: Buffer): void {
  if (isOver(stream)) return
  stream.respond(headers, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
}

/**
 * A failure, which may come before the message has. The stream isn't reset: the Collector drops what is answered so. The
 * sender sees that it needn't go on; what it sends all the same is thrown away, for a while.
 */
export function answerFailure(stream: ServerHttp2Stream, error: unknown, lingerMs: number): void {
  if (isOver(stream)) return
  stream.respond({ ...headers, ...trailersOf(error) }, { endStream: true })
  linger(stream, lingerMs)
}

/** What isn't gRPC is told so in HTTP, as the protocol wants it. */
export function answerForeign(stream: ServerHttp2Stream, lingerMs: number): void {
  if (isOver(stream)) return
  stream.respond({ ':status': 415 }, { endStream: true })
  linger(stream, lingerMs)
}

function linger(stream: ServerHttp2Stream, lingerMs: number): void {
  const impatient = setTimeout(() => stream.close(), lingerMs)
  stream.once('close', () => clearTimeout(impatient))
  stream.resume()
}

const headers: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': acceptedEncodings,
}

/** A sender that has gone, or has its answer, hears nothing more. */
function isOver(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.headersSent
}

/**
 * A failure as gRPC ends a call with it. Details travel as a google.rpc.Status in `grpc-status-details-bin`; Python's
 * exporter looks for its RetryInfo in a trailer of its own (R41).
 */
function trailersOf(error: unknown): OutgoingHttpHeaders {
  const failure = failureOf(error)
  return {
    'grpc-status': failure.grpc,
    'grpc-message': percentEncoded(failure.message),
    'grpc-status-details-bin': statusBytes('protobuf', failure).toString('base64'),
    ...(failure.retryAfterSeconds > 0
      ? { 'google.rpc.retryinfo-bin': retryInfoBytes(failure.retryAfterSeconds).toString('base64') }
      : {}),
  }
}

/** All but printable ASCII, and the percent sign itself. */
function percentEncoded(message: string): string {
  return message.replace(/[^ -$&-~]/gu, encodeURIComponent)
}
