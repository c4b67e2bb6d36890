import { once } from 'node:events'
import net from 'node:net'

/** A connection that makes one call of gRPC at a time. */
export interface Calls {
  /** Sends a message after its prefix; resolves to the bytes of the framed answer, 0 where the call has failed. */
  call(prefix: Uint8Array, message: Uint8Array): Promise<number>
  close(): void
}

/** Types, flags and settings of frames, and what holds until a peer says otherwise: RFC 9113, section 6. */
const type = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, windowUpdate: 8 }
const flag = { ack: 1, endStream: 1, endHeaders: 4 }
const initialWindowSize = 4
const usualWindow = 65_535
const mostFrameBytes = 16_384
const frameHead = 9

function head(length: number, kind: number, flags: number, stream: number): Buffer {
  const bytes = Buffer.allocUnsafe(frameHead)
  bytes.writeUIntBE(length, 0, 3)
  bytes[3] = kind
  bytes[4] = flags
  bytes.writeUInt32BE(stream, 5)
  return bytes
}

function frame(kind: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([head(payload.length, kind, flags, stream), payload])
}

/** Returns the initial window of a stream that settings name; undefined where they don't. */
function windowOf(settings: Buffer): number | undefined {
  for (let i = 0; i < settings.length; i += 6)
    if (settings.readUInt16BE(i) === initialWindowSize) return settings.readUInt32BE(i + 2)
  return undefined
}

/** Writes a field as HPACK's literal without indexing, with a new name (RFC 7541, section 6.2.2). */
function literal(name: string, value: string): Buffer {
  return Buffer.from(
    `\0${String.fromCharCode(name.length)}${name}${String.fromCharCode(value.length)}${value}`,
    'latin1',
  )
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

/** Takes so many bytes out of a list of pieces, from its start: a message is not copied, since it may have megabytes. */
function take(pieces: Uint8Array[], bytes: number): Uint8Array[] {
  const taken: Uint8Array[] = []
  for (let left = bytes; left > 0; ) {
    const piece = pieces.shift()!
    taken.push(piece.subarray(0, left))
    if (piece.length > left) pieces.unshift(piece.subarray(left))
    left -= Math.min(left, piece.length)
  }
  return taken
}

/**
 * Opens a connection that does no more of HTTP/2 than calls need. A client of `node:http2` takes three times the CPU for a
 * request of one span, and twice as much for one of 2 MB, on the cores that the receiver works on. The fields of answers are not
 * read: a call that has failed ends without a message.
 */
export async function openCalls(address: string, path: string, encoding?: 'gzip'): Promise<Calls> {
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
    ...(encoding === undefined ? [] : [literal('grpc-encoding', encoding)]),
  ])
  let stream = -1
  let streamWindow = 0
  let [connectionWindow, initialWindow] = [usualWindow, usualWindow]
  let unsent: Uint8Array[] = []
  let answered = 0
  let [resolve, reject] = [(_: number) => {}, (_: Error) => {}]
  let unread: Buffer = Buffer.alloc(0)
  const send = () => {
    socket.cork()
    for (let left = lengthOf(unsent); left > 0; left = lengthOf(unsent)) {
      const bytes = Math.min(left, mostFrameBytes, streamWindow, connectionWindow)
      if (bytes <= 0) break
      streamWindow -= bytes
      connectionWindow -= bytes
      socket.write(head(bytes, type.data, bytes === left ? flag.endStream : 0, stream))
      for (const piece of take(unsent, bytes)) socket.write(piece)
    }
    socket.uncork()
  }
  const read = (kind: number, flags: number, of: number, payload: Buffer) => {
    if (kind === type.settings && !(flags & flag.ack)) {
      const window = windowOf(payload) ?? initialWindow
      streamWindow += window - initialWindow
      initialWindow = window
      socket.write(frame(type.settings, flag.ack, 0))
      send()
    }
    if (kind === type.windowUpdate) {
      if (of === 0) connectionWindow += payload.readUInt32BE(0)
      else if (of === stream) streamWindow += payload.readUInt32BE(0)
      send()
    }
    if (kind === type.ping && !(flags & flag.ack)) socket.write(frame(type.ping, flag.ack, 0, payload))
    if (kind === type.data) answered += payload.length
    const isLast = (kind === type.data || kind === type.headers) && (flags & flag.endStream) !== 0
    if (isLast || (kind === type.reset && of === stream)) resolve(answered)
  }
  socket.on('data', (chunk) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk])
    while (unread.length >= frameHead) {
      const end = frameHead + unread.readUIntBE(0, 3)
      if (unread.length < end) return
      const [kind, flags, of, payload] = [
        unread[3]!,
        unread[4]!,
        unread.readUInt32BE(5),
        unread.subarray(frameHead, end),
      ]
      unread = unread.subarray(end)
      read(kind, flags, of, payload)
    }
  })
  socket.on('error', (error) => reject(error))
  socket.on('close', () => reject(new Error('the receiver has closed the connection')))
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  socket.write(frame(type.settings, 0, 0))
  return {
    call: (prefix, message) =>
      new Promise((...settle) => {
        ;[resolve, reject] = settle
        answered = 0
        stream += 2
        streamWindow = initialWindow
        unsent = [prefix, message]
        socket.cork()
        socket.write(frame(type.headers, flag.endHeaders, stream, fields))
        send()
        socket.uncork()
      }),
    close: () => socket.destroy(),
  }
}
