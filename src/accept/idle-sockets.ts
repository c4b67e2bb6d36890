import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { HttpServer } from './http/create-server.ts'

/** The connections of an HTTP server on which no request has arrived yet. */
export interface UnusedSockets {
  /** Closes them at once. */
  close(): void
}

/** So many connections may be without a request; sockets are dear, and a sender that is cut off connects again. */
export const mostUnused = 1024

/** Closes the connection that has been without a request for longest. */
export function destroyOldest(unused: ReadonlySet<Socket>): void {
  const [oldest] = unused
  oldest?.destroy()
}

/**
 * Watches for connections without a request. Node counts these as busy when a server closes, so one that a client's pool
 * has opened ahead would delay the shutdown until its end by force.
 */
export function watchUnusedSockets(server: HttpServer): UnusedSockets {
  // by address, because over TLS the socket of a request is another object than that of its connection
  const unused = new Map<string, Socket>()
  const addressOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
  const onRequest = (request: IncomingMessage) => void unused.delete(addressOf(request.socket))
  server.on('connection', (socket: Socket) => {
    const address = addressOf(socket)
    unused.set(address, socket)
    socket.once('close', () => unused.delete(address))
  })
  server.on('request', onRequest)
  server.on('checkContinue', onRequest)
  return {
    close() {
      for (const socket of unused.values()) socket.destroy()
    },
  }
}
