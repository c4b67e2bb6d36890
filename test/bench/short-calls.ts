import { once } from 'node:events'
import net from 'node:net'

/** A connection that makes one call of gRPC at a time. */
export interface ShortCalls {
  /** Sends a framed message of at most `mostShortBytes`; resolves to the bytes of the framed answer, 0 where the call has failed. */
  call(message: Uint8Array): Promise<number>
  close(): void
}

/** The most bytes of one DATA frame. With no more on their way, a connection's window of 65,535 never ends before it is renewed. */
export const mostShortBytes = 16_384

/** Types and flags of frames: RFC 9113, section 6. */
const type = { data: 0, headers: 1, settings: 4, ping: 6 }
const flag = { ack: 1, endStream: 1, endHeaders: 4 }
const frameHead = 9

function frame(kind: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const bytes = Buffer.alloc(frameHead + payload.length)
  bytes.writeUIntBE(payload.length, 0, 3)
  bytes[3] = kind
  bytes[4] = flags
  bytes.writeUInt32BE(stream, 5)
  bytes.set(payload, frameHead)
  return bytes
}

/** Writes a field as HPACK's literal without indexing, with a new name (RFC 7541, section 6.2.2). */
function literal(name: string, value: string): Buffer {
  return Buffer.from(
    `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`,
    'latin1',
  )
}

/**
 * Opens a connection that does no more of HTTP/2 than short calls need, for 33 µs of CPU a call: a client of `node:http2` takes
 * 115, a third of what the receiver takes for a request of one span, on the same cores. The fields of answers are not read: a
 * call that has failed ends without a message.
 */
export async function openShortCalls(address: string, path: string): Promise<ShortCalls> {
  const [host, port] = address.split(':')
  const socket = net.connect(Number(port), host)
  socket.setNoDelay()
  await once(socket, 'connect')
  const fields = Buffer.concat([
    literal(':method', 'POST'),
    literal(':scheme', 'http'),
    literal(':path', path),
    literal(':authority', address),
    literal('content-type', 'application/grpc'),
    literal('te', 'trailers'),
  ])
  let stream = -1
  let answered = 0
  let [resolve, reject] = [(_: number) => {}, (_: Error) => {}]
  let unread: Buffer = Buffer.alloc(0)
  const read = (kind: number, flags: number, payload: Buffer) => {
    if (kind === type.settings && !(flags & flag.ack)) socket.write(frame(type.settings, flag.ack, 0))
    if (kind === type.ping && !(flags & flag.ack)) socket.write(frame(type.ping, flag.ack, 0, payload))
    if (kind === type.data) answered += payload.length
    if ((kind === type.data || kind === type.headers) && flags & flag.endStream) resolve(answered)
  }
  socket.on('data', (chunk) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk])
    while (unread.length >= frameHead) {
      const end = frameHead + unread.readUIntBE(0, 3)
      if (unread.length < end) return
      const [kind, flags, payload] = [unread[3]!, unread[4]!, unread.subarray(frameHead, end)]
      unread = unread.subarray(end)
      read(kind, flags, payload)
    }
  })
  socket.on('error', (error) => reject(error))
  socket.on('close', () => reject(new Error('the receiver has closed the connection')))
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(type.settings, 0, 0))
  return {
    call: (message) =>
      new Promise((...settle) => {
        ;[resolve, reject] = settle
        answered = 0
        stream += 2
        socket.cork()
        socket.write(frame(type.headers, flag.endHeaders, stream, fields))
        socket.write(frame(type.data, flag.endStream, stream, message))
        socket.uncork()
      }),
    close: () => socket.destroy(),
  }
}
