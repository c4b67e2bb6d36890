import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Duplex, finished } from 'node:stream'
import { failureOf } from '../answers/answers.ts'
import { receiptBytes, statusBytes } from '../answers/messages.ts'
import type { Format, Receipt, Signal } from '../answers/receipt.ts'
import { answerRaw, wrongProtocol } from '../wrong-protocol.ts'
import { mediaTypes } from './headers.ts'

/** An HTTP request with its response, and what decides whether their connection stays open. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly lingerMs: number
  /** Whether the response is the last one on its connection. */
  readonly closing: () => boolean
}

/** Whether requests can be committed now; `reason` is for the operator, '' where ready. */
export interface Readiness {
  readonly ready: boolean
  readonly reason: string
}

/** Answers 200 with a receipt, in the format of the request (R11). */
export function answerReceipt(to: Exchange, signal: Signal | 'metrics', format: Format, receipt: Receipt): void {
  write(to, 200, mediaTypes[format], receiptBytes(signal, format, receipt))
}

/** Answers with the Status of an error and the headers that belong to its code. */
export function answerHttpFailure(to: Exchange, format: Format, error: unknown): void {
  const failure = failureOf(error)
  if (failure.allow !== '') to.response.setHeader('allow', failure.allow)
  if (failure.http === 401) to.response.setHeader('www-authenticate', 'Bearer')
  if (failure.retryAfterSeconds > 0) to.response.setHeader('retry-after', failure.retryAfterSeconds)
  write(to, failure.http, mediaTypes[format], statusBytes(format, failure))
}

/** Answers a health probe: 200 with `ok`, or 503 with the reason. */
export function answerProbe(to: Exchange, { ready, reason }: Readiness): void {
  answerText(to, ready ? 200 : 503, ready ? 'ok' : reason)
}

/** Answers a browser at / with what this server is and where telemetry goes. */
export function answerHome(to: Exchange): void {
  answerText(to, 200, home)
}

const home = `Spanledger receives OpenTelemetry traces and logs and writes them as rows of PostgreSQL.

Send:    set OTEL_EXPORTER_OTLP_ENDPOINT to this address and OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf
Paths:   POST /v1/traces, POST /v1/logs (OTLP as protobuf or JSON)
Health:  GET /healthz, GET /readyz
Metrics: GET /metrics (Prometheus)
`

/** Answers with a text. */
export function answerText(
  to: Exchange,
  status: number,
  text: string,
  type: string = 'text/plain; charset=utf-8',
): void {
  write(to, status, type, Buffer.from(text))
}

/**
 * Answers a connection that Node couldn't read as HTTP. One whose request took too long is closed without an answer:
 * Node's 408 would be final for most senders, and a closed connection is retried.
 */
export function answerUnreadable(error: UnreadableError, socket: Duplex, onRefused: (why: string) => void): void {
  const isSilent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ECONNRESET'
  if (isSilent || !socket.writable) return void socket.destroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const why = wrongProtocol('OTLP/HTTP', error.rawPacket ?? Buffer.of()) ?? 'This is no HTTP/1.1 request.'
  onRefused(why)
  answerRaw(socket, status, why)
}

/** Node's error about a connection that it can't read; `rawPacket` holds the bytes in question. */
export interface UnreadableError extends NodeJS.ErrnoException {
  readonly rawPacket?: Uint8Array
}

function write({ request, response, lingerMs, closing }: Exchange, status: number, type: string, body: Buffer): void {
  const isUnread = hasBody(request) && !request.complete
  if (isUnread || closing()) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': type, 'content-length': body.length })
  if (!isUnread) return void response.end(body)
  response.write(body)
  linger(request, lingerMs, () => response.end())
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * Reads on after a refusal and throws away what arrives. Closing a socket that has unread bytes resets it; a sender that
 * is still writing would see the reset instead of the answer, and try again (R36).
 */
function linger(request: IncomingMessage, lingerMs: number, end: () => void): void {
  const timer = setTimeout(end, lingerMs)
  finished(request, () => {
    clearTimeout(timer)
    end()
  })
  request.resume()
}
