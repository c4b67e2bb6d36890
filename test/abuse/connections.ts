import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Frames of HTTP/2 (RFC 9113) that carry nothing. `n` counts them, so that streams are new ones. */
export const floods: Readonly<Record<string, (n: number) => Buffer>> = {
  'rapid reset': (n) => Buffer.concat([headers(2 * n + 1, 4), frame(3, 0, 2 * n + 1, Buffer.from([0, 0, 0, 8]))]),
  CONTINUATION: (n) => (n === 0 ? headers(1, 0) : frame(9, 0, 1, Buffer.from([0x40, 1, 97, 1, 98]))),
  PING: () => frame(6, 0, 0, Buffer.alloc(8)),
  SETTINGS: () => frame(4, 0, 0, Buffer.alloc(0)),
  PRIORITY: (n) => frame(2, 0, 2 * n + 1, Buffer.from([0, 0, 0, 0, 16])),
  RST_STREAM: (n) => frame(3, 0, 2 * n + 1, Buffer.from([0, 0, 0, 8])),
}

const preface = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), frame(4, 0, 0, Buffer.alloc(0))])

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** `POST / HTTP/2` from the static table of HPACK: flag 4 ends the headers, 0 lets CONTINUATION follow. */
function headers(stream: number, flags: number): Buffer {
  return frame(1, flags, stream, Buffer.from([0x83, 0x86, 0x84]))
}

/** Sends one kind of frame until the connection is closed. Resolves with the MB that were sent by then. */
export async function flood(address: string, make: (n: number) => Buffer, mostMb: number): Promise<number> {
  const socket = await connected(address)
  socket.write(preface)
  let bytes = 0
  for (let n = 0; !socket.destroyed && bytes < mostMb * 2 ** 20; n += 2_000) {
    const frames = Buffer.concat(Array.from({ length: 2_000 }, (_, i) => make(n + i)))
    bytes += frames.length
    if (!socket.write(frames)) await Promise.race(['drain', 'close'].map((name) => once(socket, name).catch(() => {})))
    await pause(1)
  }
  const isClosed = socket.destroyed
  socket.destroy()
  return isClosed ? bytes / 2 ** 20 : Number.POSITIVE_INFINITY
}

/** Opens sockets on each of which the headers of a request come a byte a second. Resolves with the seconds until all are closed. */
export async function slowLoris(http: string, count: number, mostSeconds: number): Promise<number> {
  const { host } = new URL(http)
  const sockets = await Promise.all(Array.from({ length: count }, () => connected(host)))
  const startedMs = performance.now()
  for (const socket of sockets) socket.write('POST /v1/traces HTTP/1.1\r\nhost: x\r\nx-slow: ')
  while (sockets.some((socket) => !socket.destroyed) && performance.now() - startedMs < mostSeconds * 1_000) {
    for (const socket of sockets) if (!socket.destroyed) socket.write('a')
    await pause(1_000)
  }
  const isOpen = sockets.some((socket) => !socket.destroyed)
  for (const socket of sockets) socket.destroy()
  return isOpen ? Number.POSITIVE_INFINITY : Math.round((performance.now() - startedMs) / 1_000)
}

/** Calls of a sender that takes no answer: its window is 0. Resolves with how many were ended by the receiver. */
export async function withoutWindow(address: string, count: number, forMs: number): Promise<number> {
  const session = connectHttp2(`http://${address}`, { settings: { initialWindowSize: 0 } }).on('error', () => {})
  let ended = 0
  for (let n = 0; n < count && !session.destroyed; n++) {
    const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' })
    stream
      .on('error', () => {})
      .on('close', () => ended++)
      .end(Buffer.alloc(5))
    if (n % 100 === 0) await pause(1)
  }
  for (let waitedMs = 0; ended < count && !session.destroyed && waitedMs < forMs; waitedMs += 100) await pause(100)
  const isClosed = session.destroyed
  session.destroy()
  return isClosed ? count : ended
}

async function connected(address: string): Promise<Socket> {
  const [host, port] = address.split(':')
  const socket = connect(Number(port), host).on('error', () => {})
  await once(socket, 'connect')
  return socket.on('data', () => {})
}
