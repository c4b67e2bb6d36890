import type { ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
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
 * Reads the one message of a call and decompresses it. Throws TooLarge, Malformed, Unsupported for an unknown encoding
 * (R17), and Unavailable where the message doesn't arrive or the budget has no room for it.
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests (Length-Prefixed-Message)
 */
export async function readMessage(stream: ServerHttp2Stream, reading: MessageReading): Promise<Buffer<ArrayBuffer>> {
  const frame = await readFrame(stream, reading)
  if (frame.length < prefixBytes) throw new Malformed('The call has no message.')
  const message = frame.subarray(prefixBytes)
  if (message.length < lengthIn(frame)) throw new Malformed('The message ends too early.')
  return frame.readUInt8() === 0 ? message : inflated(message, reading)
}

/** The message is preceded by a flag for compression and its length. */
const prefixBytes = 5

function lengthIn(frame: Buffer): number {
  return frame.readUInt32BE(1)
}

/** Reads all bytes of the call, which may be no more than one message. */
function readFrame(stream: ServerHttp2Stream, { allowance, timeoutMs }: MessageReading): Promise<Buffer<ArrayBuffer>> {
  const buffer = growingBuffer({ ...allowance, maxBytes: allowance.maxBytes + prefixBytes })
  return new Promise((resolve, reject) => {
    let hasEnded = false
    const end = (finish: () => void) => {
      if (hasEnded) return
      hasEnded = true
      clearTimeout(overdue)
      stream.off('data', add)
      finish()
    }
    const add = (chunk: Buffer) => {
      countData(stream, chunk.length)
      try {
        buffer.add(chunk)
        checkLength(buffer.bytes(), allowance.maxBytes)
      } catch (error) {
        end(() => reject(error))
      }
    }
    // an error is made where it is needed, because it takes long to record its stack
    const late = () => new Unavailable(`The message did not come within ${timeoutMs} ms; send it again.`)
    const broken = () => new Unavailable('The call was ended before its message was complete.')
    const overdue = setTimeout(() => end(() => reject(late())), timeoutMs)
    stream.on('data', add)
    stream.once('end', () => end(() => resolve(buffer.bytes())))
    stream.once('close', () => end(() => reject(broken())))
    // both may have happened while the sender was authenticated
    if (stream.readableEnded) end(() => resolve(buffer.bytes()))
    else if (stream.destroyed) end(() => reject(broken()))
  })
}

function checkLength(frame: Buffer, maxBytes: number): void {
  if (frame.length < prefixBytes) return
  const length = lengthIn(frame)
  if (length > maxBytes) throw tooLarge(maxBytes)
  if (frame.length - prefixBytes > length) throw new Malformed('The call has more than one message.')
}

async function inflated(
  message: Buffer<ArrayBuffer>,
  { allowance, encoding: name }: MessageReading,
): Promise<Buffer<ArrayBuffer>> {
  const encoding = encodings.get(name)
  if (!encoding)
    throw new Unsupported(
      `The compression "${name}" isn't supported; supported are ${[...encodings.keys()].join(', ')}.`,
    )
  try {
    const chunks = await inflate(Readable.from([message]), encoding, allowance)
    return await joinChunks(chunks, allowance, encoding.hasOwnChunks)
  } catch (error) {
    throw inflateError(name, error)
  } finally {
    freeMemory(message)
  }
}
