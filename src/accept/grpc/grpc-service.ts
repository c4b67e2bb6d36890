import type { ServerHttp2Stream } from 'node:http2'
import { grpcHeaders } from './grpc-answers.ts'

/** Answers the calls of one method that isn't an Export. Resolves when the call has its answer. */
export type GrpcMethod = (call: ServiceCall) => Promise<void>

/** A call of such a method. */
export interface ServiceCall {
  readonly stream: ServerHttp2Stream
  /** Whether the server has been asked to stop: calls that last must end. */
  readonly stopping: () => boolean
}

/** Messages of these methods are a few names; a longer one ends the call. */
const mostBytes = 64 * 1024
/** A client must have sent its next message within this time. */
export const silentMs = 60_000
const prefixBytes = 5

/** The messages that a client sends. Ends with the call; throws where they are no messages, or too long. */
export async function* messagesOf(stream: ServerHttp2Stream): AsyncGenerator<Buffer> {
  let read: Buffer = Buffer.alloc(0)
  stream.setTimeout(silentMs, () => stream.close())
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    read = Buffer.concat([read, chunk])
    while (read.length >= prefixBytes && read.length >= prefixBytes + read.readUInt32BE(1)) {
      const end = prefixBytes + read.readUInt32BE(1)
      yield read.subarray(prefixBytes, end)
      read = read.subarray(end)
    }
    if (read.length > mostBytes) throw new Error('the message is too long')
  }
}

/** Begins the answer of a call that may have several messages; `grpc-status` 0 follows when the stream is ended. */
export function beginMessages(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.closed) return
  stream.respond(grpcHeaders, { waitForTrailers: true })
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }))
}

/** Sends one message of an answer that was begun. */
export function sendMessage(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed || stream.closed) return
  const prefix = Buffer.alloc(prefixBytes)
  prefix.writeUInt32BE(message.length, 1)
  stream.write(Buffer.concat([prefix, message]))
}

/** Ends a call with a status and no message. */
export function endWith(stream: ServerHttp2Stream, status: number, message: string): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return
  stream.respond({ ...grpcHeaders, 'grpc-status': status, 'grpc-message': message }, { endStream: true })
}
