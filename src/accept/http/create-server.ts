import { createServer, type Server, type ServerOptions } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { Socket } from 'node:net'
import type { ServedTls } from '../tls/served-tls.ts'
import { handshakeTimeout, reportTlsFailures } from '../tls/tls-failures.ts'

/** A server of HTTP/1.1 in clear text or over TLS. */
export type HttpServer = Server | SecureServer

/** The options of a server besides its times. */
export interface CreateOptions {
  readonly tls: Pick<ServedTls, 'current' | 'follow'> | null
  readonly onTlsFailed: (why: string) => void
}

/** A server, and what says which of its connections may go on. */
export interface CreatedServer {
  readonly server: HttpServer
  /** Whether a connection was trusted by CAs that are trusted no more: its next answer is its last. */
  isOutdated(socket: Socket): boolean
}

/** Creates a server of HTTP/1.1. After other CAs of clients hold, idle connections are closed. */
export function createHttpServer(times: ServerOptions, { tls, onTlsFailed }: CreateOptions): CreatedServer {
  if (tls === null) return { server: createServer(times), isOutdated: () => false }
  const server = createSecureServer({ ...times, ...tls.current(), handshakeTimeout })
  let trusted = new WeakSet<Socket>()
  server.on('secureConnection', (socket) => void trusted.add(socket))
  reportTlsFailures('OTLP/HTTP', server, onTlsFailed)
  tls.follow(server, () => {
    trusted = new WeakSet()
    server.closeIdleConnections()
  })
  return { server, isOutdated: (socket) => !trusted.has(socket) }
}
