import type { Duplex } from 'node:stream'

/** The two protocols that have a port. */
export type PortFor = 'OTLP/HTTP' | 'OTLP/gRPC'

/**
 * Finds out from the first bytes of a connection that it speaks another protocol than the port, and returns what its
 * user must set; null where the protocol may be right. Senders that are set up for the other port are the commonest
 * mistake, and most of them show their users no more than "connection aborted". `isTls`: the port is one of TLS, whose
 * first bytes these are.
 */
export function wrongProtocol(port: PortFor, first: Uint8Array, isTls = false): string | null {
  if (isTls) return first[0] === tlsHandshake ? null : clearText(port)
  if (first[0] === tlsHandshake)
    return `TLS came to the port of ${port}, which is in clear text: the endpoint must begin with http://, or TLS end before it.`
  const isHttp2 = startsLike('PRI', first)
  if (port === 'OTLP/HTTP' && isHttp2) return advice('gRPC', port, 'http/protobuf')
  if (port === 'OTLP/gRPC' && !isHttp2) return advice('HTTP/1.1', port, 'grpc')
  return null
}

/** What the user must set whose sender speaks in clear text to a port of TLS. */
export function clearText(port: PortFor): string {
  return `Clear text came to the port of ${port}, which speaks TLS: the endpoint must begin with https://.`
}

/** Answers a connection whose bytes couldn't be read as a request, and ends it. The answer is HTTP/1.1 on both ports. */
export function answerRaw(socket: Duplex, status: string, message: string): void {
  const body = JSON.stringify({ code: 3, message })
  const head = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`)
}

const tlsHandshake = 0x16

/** Whether the bytes that have arrived, fewer than the text perhaps, are the start of the text. */
function startsLike(text: string, bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, text.length)).toString('latin1')
  return start !== '' && text.startsWith(start)
}

function advice(came: string, port: PortFor, protocol: string): string {
  return `${came} came to the port of ${port}: send to the other port, or set OTEL_EXPORTER_OTLP_PROTOCOL=${protocol}.`
}
