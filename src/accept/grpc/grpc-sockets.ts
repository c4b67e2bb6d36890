import { createServer, type Server, type Socket } from 'node:net'
import { answerUnread, foreignTo } from '../wrong-protocol.ts'

/** The connections of the gRPC door. They are ours, not the library's: it has no way to be rid of one whose peer doesn't read any more. */
export interface Sockets {
  readonly listener: Server
  /** Ends those at once on which nothing has come yet. */
  closeUnused(): void
  /** Ends all. */
  destroy(): void
}

export interface SocketsOptions {
  /** Takes a connection of HTTP/2, nothing of which has been read. */
  readonly handOn: (socket: Socket) => void
  readonly silentMs: number
  readonly onTurnedAway: (why: string) => void
}

/**
 * Hands on to the server what begins as HTTP/2 does, and answers the rest in words. Every gRPC client speaks first, so
 * that nobody is kept waiting by our looking; one that says nothing, or goes on after such an answer, is let go after
 * `silentMs`.
 */
export function openSockets({ handOn, silentMs, onTurnedAway }: SocketsOptions): Sockets {
  const open = new Set<Socket>()
  const unused = new Set<Socket>()
  const listener = createServer({ noDelay: true }, (socket) => {
    for (const list of [open, unused]) list.add(socket)
    const silent = setTimeout(() => socket.destroy(), silentMs)
    const look = () => {
      const first: Buffer | null = socket.read()
      if (first === null) return
      socket.off('readable', look)
      unused.delete(socket)
      const foreign = foreignTo('OTLP/gRPC', first)
      if (foreign !== null) {
        onTurnedAway(foreign)
        return answerUnread(socket.resume(), '400 Bad Request', foreign)
      }
      clearTimeout(silent)
      socket.unshift(first)
      handOn(socket)
    }
    socket.on('readable', look).on('error', () => {})
    socket.once('close', () => {
      clearTimeout(silent)
      for (const list of [open, unused]) list.delete(socket)
    })
  })
  const end = (sockets: Iterable<Socket>) => {
    for (const socket of sockets) socket.destroy()
  }
  return { listener, closeUnused: () => end(unused), destroy: () => end(open) }
}
