import { once } from 'node:events'
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net'

/** A proxy before a server, in which the network fails as a test says. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number
  /** Takes connections and bytes, and passes nothing on: a host that has vanished, but for its kernel. */
  blackHole(): void
  /** Passes on what comes over new connections. Bytes of the old ones stay lost. */
  heal(): void
  /** Closes all connections with a reset. */
  cut(): void
  /** Shows each chunk that passes; where the function returns false, the chunk is lost and its connection reset. */
  inspect(look: Look | null): void
  /** Holds each chunk back for so long, in milliseconds. */
  delay(milliseconds: number): void
  /** Connects new connections to another port, and closes the old ones with a reset. */
  leadTo(port: number): void
}

/** Sees a chunk, and an object that is the same for all chunks of a connection. */
export type Look = (from: 'client' | 'server', chunk: Buffer, connection: object) => boolean

/** Opens a proxy on a free port before a port of this machine. */
export async function openProxy(firstTarget: number, port = 0): Promise<TestProxy> {
  let target = firstTarget
  const sockets = new Set<Socket>()
  const lost = new WeakSet<Socket>()
  let isBlack = false
  let delayMs = 0
  let look: Look | null = null
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = createConnection({ port: target, host: '127.0.0.1', noDelay: true })
    const pair = [client, upstream]
    const destroy = () => {
      for (const socket of pair) socket.destroy()
    }
    const pass = (from: 'client' | 'server', to: Socket) => (chunk: Buffer) => {
      if (isBlack) lost.add(client)
      if (lost.has(client)) return
      if (look !== null && !look(from, chunk, client)) {
        for (const socket of pair) socket.resetAndDestroy()
        return
      }
      if (delayMs === 0) to.write(chunk)
      else setTimeout(() => to.writable && to.write(chunk), delayMs)
    }
    client.on('data', pass('client', upstream))
    upstream.on('data', pass('server', client))
    for (const socket of pair) {
      sockets.add(socket)
      socket.on('error', destroy)
      socket.on('close', () => {
        sockets.delete(socket)
        // who is behind a black hole doesn't hear of the end
        if (!lost.has(client)) destroy()
      })
    }
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    blackHole: () => {
      isBlack = true
    },
    heal: () => {
      isBlack = false
    },
    cut,
    inspect: (inspect) => {
      look = inspect
    },
    delay: (milliseconds) => {
      delayMs = milliseconds
    },
    leadTo: (next) => {
      target = next
      cut()
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close').catch(() => {})
    },
  }
}
