import type { ServerHttp2Stream } from 'node:http2'
import { PassThrough } from 'node:stream'
import { Malformed, Unavailable, Unsupported } from '../../errors.ts'
import { freeMemory } from '../../free-memory.ts'
import { type ByteAllowance, growingBuffer, joinChunks, tooLarge } from '../body/body-buffer.ts'
import { encodings, inflate, inflateError } from '../body/inflate.ts'
import { countData } from './session-limits.ts'

/** How one message is read. `encoding` is the call's `grpc-encoding`; the whole message must arrive within `timeoutMs`. */
export interface MessageReading {
  readonly allowance: ByteAllowance
  readonly encoding: string
  readonly timeoutMs: number
}

/** The value of `grpc-accept-encoding`. */
export const acceptedEncodings: string = [...encodings.keys()].join(',')

/**
 * Reads the one message of a call and decompresses it while it arrives, so that only the decompressed bytes are held. Throws
 * TooLarge, Malformed, Unsupported for an unknown encoding (R17), and Unavailable where the message doesn't arrive or the
 * budget has no room for it.
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests (Length-Prefixed-Message)
 */
export async function readMessage(stream: ServerHttp2Stream, reading: MessageReading): Promise<Buffer<ArrayBuffer>> {
  const frame = openFrame(stream, reading)
  try {
    await readToEnd(stream, frame, reading.timeoutMs)
    return await frame.message()
  } catch (error) {
    await frame.discard()
    throw error
  }
}

/** Adds all bytes of a call to its frame. Rejects with Unavailable where the call doesn't end in time. */
function readToEnd(stream: ServerHttp2Stream, frame: Frame, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let hasEnded = false
    const end = (finish: () => void) => {
      if (hasEnded) return
      hasEnded = true
      clearTimeout(overdue)
      finish()
    }
    const add = (chunk: Buffer) => {
      // the listener stays, because to remove it takes longer than all else that is done for a small message
      if (hasEnded) return
      countData(stream, chunk.length)
      try {
        frame.add(chunk)
      } catch (error) {
        end(() => reject(error))
      }
    }
    // an error is made where it is needed, because it takes long to record its stack
    const late = () => new Unavailable(`The message did not come within ${timeoutMs} ms; send it again.`)
    const broken = () => new Unavailable('The call was ended before its message was complete.')
    const overdue = setTimeout(() => end(() => reject(late())), timeoutMs)
    stream.on('data', add)
    stream.once('end', () => end(resolve))
    stream.once('close', () => end(() => reject(broken())))
    // both may have happened while the sender was authenticated
    if (stream.readableEnded) end(resolve)
    else if (stream.destroyed) end(() => reject(broken()))
  })
}

/** The bytes of one call: a flag for compression, the length of the message, and the message. */
interface Frame {
  /** Adds what has arrived. Throws for what can't be part of one message within the limits. */
  add(chunk: Buffer): void
  /** Returns the message, decompressed, when all of it was added. Throws Malformed where a part is missing. */
  message(): Buffer<ArrayBuffer> | Promise<Buffer<ArrayBuffer>>
  /** Frees what was added. Resolves when none of it is counted any more. */
  discard(): Promise<void>
}

/** The flag for compression and the length. */
const prefixBytes = 5

function openFrame(stream: ServerHttp2Stream, reading: MessageReading): Frame {
  const { maxBytes } = reading.allowance
  let head: Buffer = Buffer.alloc(0)
  let content: Content | undefined
  let missing = 0
  return {
    add(chunk) {
      let rest = chunk
      if (content === undefined) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
        if (head.length < prefixBytes) return
        missing = head.readUInt32BE(1)
        if (missing > maxBytes) throw tooLarge(maxBytes)
        content = head.readUInt8() === 0 ? plainContent(reading) : compressedContent(stream, reading)
        rest = head.subarray(prefixBytes)
      }
      missing -= rest.length
      if (missing < 0) throw new Malformed('The call has more than one message.')
      content.add(rest)
    },
    message() {
      if (content === undefined) throw new Malformed('The call has no message.')
      if (missing > 0) throw new Malformed('The message ends too early.')
      return content.bytes()
    },
    discard: async () => content?.discard(),
  }
}

/** The bytes of a message, as they arrive. */
interface Content {
  add(chunk: Buffer): void
  /** Returns all bytes, decompressed; nothing may be added afterwards. */
  bytes(): Buffer<ArrayBuffer> | Promise<Buffer<ArrayBuffer>>
  discard(): void | Promise<void>
}

function plainContent({ allowance }: MessageReading): Content {
  const { add, bytes } = growingBuffer(allowance)
  return { add, bytes, discard: () => freeMemory(bytes()) }
}

/**
 * The window of flow control (RFC 9113, 5.2), of each call and of all calls of a connection: a sender that has sent so many bytes
 * waits for a WINDOW_UPDATE. With HTTP/2's default of 64 KiB a request of 1 MiB takes 16 round trips.
 */
export const windowBytes: number = 256 * 1024
/** So many compressed bytes of a call may wait to be decompressed; while they do, more wait in the window. */
const waitingBytes = 64 * 1024
/** What a message takes while it is decompressed, besides its bytes: those that wait, and the window of deflate. */
const inflaterBytes = waitingBytes + windowBytes + 32 * 1024

/** Decompresses what is added; the call is not read on while more waits than a chunk or two. */
function compressedContent(stream: ServerHttp2Stream, { allowance, encoding: name }: MessageReading): Content {
  const encoding = encodings.get(name)
  if (!encoding)
    throw new Unsupported(
      `The compression "${name}" isn't supported; supported are ${[...encodings.keys()].join(', ')}.`,
    )
  allowance.take(inflaterBytes)
  const compressed = new PassThrough({ highWaterMark: waitingBytes })
  compressed.on('error', () => {})
  compressed.on('drain', () => stream.resume())
  let failure: unknown
  const inflated = inflate(compressed, encoding, allowance)
    .then((chunks) => joinChunks(chunks, allowance, encoding.hasOwnChunks))
    .then((bytes) => {
      allowance.give(inflaterBytes)
      return bytes
    })
    .catch((error: unknown) => {
      failure = inflateError(name, error)
      // what comes next, a chunk or the end, finds the failure
      stream.resume()
      throw failure
    })
  inflated.catch(() => {})
  return {
    add(chunk) {
      if (failure !== undefined) throw failure
      if (!compressed.write(chunk)) stream.pause()
    },
    bytes() {
      compressed.end()
      return inflated
    },
    async discard() {
      stream.resume()
      compressed.destroy(new Unavailable('The message was given up.'))
      await inflated.catch(() => {})
    },
  }
}
