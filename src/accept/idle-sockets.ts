import type { IncomingMessage, Server } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Connections on which no request has come yet. Node takes these for busy: without us, one that a pool has opened ahead
 * would hold up a stop until it is ended by force.
 */
export function watchUnused(server: Server): { close(): void } {
  const unused = new Set<Socket>()
  const used = (request: IncomingMessage) => void unused.delete(request.socket)
  server.on('connection', (socket: Socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', used)
  server.on('checkContinue', used)
  return {
    close() {
      for (const socket of unused) socket.destroy()
    },
  }
}
