import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { namesInCertificate } from './certificate-tenants.ts'
import type { Presented } from './identity.ts'

/** By connection, because reading a certificate takes longer than a request may. */
const namesByConnection = new WeakMap<object, readonly string[] | null>()

/** What a request shows of its sender. `connection` is the same object for all requests of a connection. */
export function presentedBy(
  header: (name: string) => string | undefined,
  socket: Socket | undefined,
  connection: object,
): Presented {
  return {
    header,
    address: socket?.remoteAddress ?? '',
    certificateNames() {
      const known = namesByConnection.get(connection)
      if (known !== undefined) return known
      const names = isOverTls(socket) ? namesInCertificate(socket) : null
      namesByConnection.set(connection, names)
      return names
    },
  }
}

/** node:http2 returns a proxy of the socket, which is no instance of its class and on which `in` finds nothing. */
function isOverTls(socket: Socket | undefined): socket is TLSSocket {
  return typeof (socket as TLSSocket | undefined)?.getPeerCertificate === 'function'
}
