import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/** The connections of an HTTP server on which no request has arrived yet. */
export interface UnusedSockets {
  /** Closes them at once. */
  close(): void
}

/**
 * Watches for connections without a request. Node counts these as busy when a server closes, so one that a client's pool
 * has opened ahead would delay the shutdown until its end by force.
 */
export function watchUnusedSockets(server: Server): UnusedSockets {
  const unused = new Set<Socket>()
  const onRequest = (request: IncomingMessage) => void unused.delete(request.socket)
  server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', onRequest)
  server.on('checkContinue', onRequest)
  return {
    close() {
      for (const socket of unused) socket.destroy()
    },
  }
}
