import { createServer, type Server, type Socket } from 'node:net'
import { destroyOldest, mostUnused } from '../idle-sockets.ts'
import { answerRaw, wrongProtocol } from '../wrong-protocol.ts'

/**
 * The connections of the gRPC server. They are kept here, because node:http2 has no way to close one whose peer doesn't
 * read any more.
 */
export interface Sockets {
  readonly listener: Server
  /** Closes the connections on which no byte has arrived yet. */
  closeUnused(): void
  /** Closes all connections. */
  destroy(): void
}

export interface SocketsOptions {
  /** Takes a connection that speaks HTTP/2, with all its bytes unread. */
  readonly accept: (socket: Socket) => void
  readonly silentMs: number
  readonly onRefused: (why: string) => void
  /** Whether connections begin with a handshake of TLS. */
  readonly isTls?: boolean
}

/**
 * Accepts connections that start like HTTP/2, and answers other ones with what their user must set. Every gRPC client
 * speaks first, so looking at its first bytes delays nothing. A connection that stays silent, or goes on after such an
 * answer, is closed after `silentMs`.
 */
export function openSockets({ accept, silentMs, onRefused, isTls = false }: SocketsOptions): Sockets {
  const open = new Set<Socket>()
  const unused = new Set<Socket>()
  const listener = createServer({ noDelay: true }, (socket) => {
    for (const list of [open, unused]) list.add(socket)
    if (unused.size > mostUnused) destroyOldest(unused)
    const silent = setTimeout(() => socket.destroy(), silentMs)
    const onReadable = () => {
      const first: Buffer | null = socket.read()
      if (first === null) return
      socket.off('readable', onReadable)
      unused.delete(socket)
      const why = wrongProtocol('OTLP/gRPC', first, isTls)
      if (why !== null) {
        onRefused(why)
        return answerRaw(socket.resume(), '400 Bad Request', why)
      }
      clearTimeout(silent)
      socket.unshift(first)
      accept(socket)
    }
    socket.on('readable', onReadable).on('error', () => {})
    socket.once('close', () => {
      clearTimeout(silent)
      for (const list of [open, unused]) list.delete(socket)
    })
  })
  const destroy = (sockets: Iterable<Socket>) => {
    for (const socket of sockets) socket.destroy()
  }
  return { listener, closeUnused: () => destroy(unused), destroy: () => destroy(open) }
}
