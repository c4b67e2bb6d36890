import type { Duplex } from 'node:stream'

/** The two things that a port can be for. */
export type PortFor = 'OTLP/HTTP' | 'OTLP/gRPC'

/**
 * What the first bytes of a connection are, where the port isn't for them, and what to do about it; null: they may be
 * right. Senders that are set up for the other port are the commonest mistake, and tell their users nothing but
 * "connection aborted".
 */
export function foreignTo(port: PortFor, first: Uint8Array): string | null {
  if (first[0] === tlsHandshake)
    return `TLS came to the port of ${port}, which is in clear text: the endpoint must begin with http://, or TLS end before it.`
  const http2 = begins(first, 'PRI')
  if (port === 'OTLP/HTTP' && http2) return mistaken('gRPC', port, 'http/protobuf')
  if (port === 'OTLP/gRPC' && !http2) return mistaken('HTTP/1.1', port, 'grpc')
  return null
}

/** Answers, in the one way that both kinds of port have before any request is understood, and ends the connection. */
export function answerUnread(socket: Duplex, status: string, message: string): void {
  const body = JSON.stringify({ code: 3, message })
  const head = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`
  socket.end(`HTTP/1.1 ${status}\r\n${head}\r\n\r\n${body}`)
}

const tlsHandshake = 0x16

function begins(bytes: Uint8Array, text: string): boolean {
  const start = Buffer.from(bytes.subarray(0, text.length)).toString('latin1')
  return start !== '' && text.startsWith(start)
}

function mistaken(came: string, port: PortFor, protocol: string): string {
  return `${came} came to the port of ${port}: send to the other port, or set OTEL_EXPORTER_OTLP_PROTOCOL=${protocol}.`
}
