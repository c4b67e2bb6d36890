import type { ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import { Malformed, Unavailable, Unsupported } from '../../errors.ts'
import { collect, gather, type Room, tooLarge } from '../body/body-buffer.ts'
import { encodings, inflate, inflateError } from '../body/inflate.ts'

/** How one message is read. `encoding` is what the call says of it, `timeoutMs` the time for it to come. */
export interface MessageReading {
  readonly room: Room
  readonly encoding: string
  readonly timeoutMs: number
}

/** The encodings as `grpc-accept-encoding` lists them. */
export const acceptedEncodings: string = [...encodings.keys()].join(',')

/**
 * The one message of a call, inflated. Throws TooLarge, Malformed, Unsupported where its encoding isn't read (R17), and
 * Unavailable where it doesn't come or there is no memory for it.
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#requests (Length-Prefixed-Message)
 */
export async function readMessage(stream: ServerHttp2Stream, reading: MessageReading): Promise<Buffer> {
  const frame = await readFrame(stream, reading)
  if (frame.length < prefixBytes) throw new Malformed('The call has no message.')
  const message = frame.subarray(prefixBytes)
  if (message.length < lengthIn(frame)) throw new Malformed('The message ends too early.')
  return frame.readUInt8() === 0 ? message : inflated(message, reading)
}

/** A flag for compression and a length, before the message. */
const prefixBytes = 5

function lengthIn(frame: Buffer): number {
  return frame.readUInt32BE(1)
}

/** All that is sent, as long as it is no more than the message. */
function readFrame(stream: ServerHttp2Stream, { room, timeoutMs }: MessageReading): Promise<Buffer> {
  const gathered = gather({ ...room, maxBytes: room.maxBytes + prefixBytes })
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(overdue)
      stream.off('data', add)
      settle()
    }
    const add = (chunk: Buffer) => {
      try {
        gathered.add(chunk)
        checkLength(gathered.bytes(), room.maxBytes)
      } catch (error) {
        end(() => reject(error))
      }
    }
    const late = new Unavailable(`The message did not come within ${timeoutMs} ms; send it again.`)
    const broken = new Unavailable('The call was ended before its message was complete.')
    const overdue = setTimeout(() => end(() => reject(late)), timeoutMs)
    stream.on('data', add)
    stream.once('end', () => end(() => resolve(gathered.bytes())))
    stream.once('close', () => end(() => reject(broken)))
  })
}

function checkLength(frame: Buffer, maxBytes: number): void {
  if (frame.length < prefixBytes) return
  const length = lengthIn(frame)
  if (length > maxBytes) throw tooLarge(maxBytes)
  if (frame.length - prefixBytes > length) throw new Malformed('The call has more than one message.')
}

async function inflated(message: Buffer, { room, encoding: name }: MessageReading): Promise<Buffer> {
  const encoding = encodings.get(name)
  if (!encoding)
    throw new Unsupported(
      `The compression "${name}" isn't supported; supported are ${[...encodings.keys()].join(', ')}.`,
    )
  try {
    return await collect(await inflate(Readable.from([message]), encoding, room), room)
  } catch (error) {
    throw inflateError(name, error)
  }
}
