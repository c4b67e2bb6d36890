import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { failureOf } from '../answers/answers.ts'
import { retryInfoBytes, statusBytes } from '../answers/messages.ts'
import { acceptedEncodings } from './grpc-message.ts'
import { countData } from './session-limits.ts'

/** Answers OK with a message. A sender that doesn't take it within `lingerMs` (its window is closed) is cut off. */
export function answerMessage(stream: ServerHttp2Stream, message: Buffer, lingerMs: number): void {
  if (isOver(stream)) return
  closeAfter(stream, lingerMs, constants.NGHTTP2_CANCEL)
  stream.respond(grpcHeaders, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }))
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  stream.end(Buffer.concat([prefix, message]))
}

/**
 * Answers with a failure, possibly before the message has arrived. The stream isn't reset, because the Collector drops
 * its data after a reset. What the sender still sends is thrown away until `lingerMs` have passed (R36).
 */
export function answerGrpcFailure(stream: ServerHttp2Stream, error: unknown, lingerMs: number): void {
  if (isOver(stream)) return
  stream.respond({ ...grpcHeaders, ...trailersOf(error) }, { endStream: true })
  linger(stream, lingerMs)
}

/** Answers a request that isn't gRPC with the HTTP status that the protocol asks for. */
export function answerNotGrpc(stream: ServerHttp2Stream, lingerMs: number): void {
  if (isOver(stream)) return
  stream.respond({ ':status': 415 }, { endStream: true })
  linger(stream, lingerMs)
}

function closeAfter(stream: ServerHttp2Stream, lingerMs: number, code: number): void {
  const timer = setTimeout(() => stream.close(code), lingerMs)
  stream.once('close', () => clearTimeout(timer))
}

function linger(stream: ServerHttp2Stream, lingerMs: number): void {
  closeAfter(stream, lingerMs, constants.NGHTTP2_NO_ERROR)
  stream.on('data', (chunk: Buffer) => countData(stream, chunk.length))
}

/** The headers of each answer in gRPC. */
export const grpcHeaders: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': acceptedEncodings,
}

/** Whether nothing can be answered any more: the sender is gone, or has its answer. */
function isOver(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.headersSent
}

/**
 * The trailers that end a call with a failure. Its details are a google.rpc.Status in `grpc-status-details-bin`; Python's
 * exporter reads the RetryInfo from a trailer of its own (R41).
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

/** Encodes all but printable ASCII, and the percent sign itself. */
function percentEncoded(message: string): string {
  return message.replace(/[^ -$&-~]/gu, encodeURIComponent)
}
