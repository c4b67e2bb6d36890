import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Duplex, finished } from 'node:stream'
import { failureOf } from '../answers/answers.ts'
import { receiptBytes, statusBytes } from '../answers/messages.ts'
import type { Format, Receipt, Signal } from '../answers/receipt.ts'
import { answerUnread, foreignTo } from '../wrong-protocol.ts'
import { mediaTypes } from './headers.ts'

/** A request, the answer to it, and what decides whether its connection stays. */
export interface Connection {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly lingerMs: number
  /** Whether the answer is the last one of its connection. */
  readonly closing: () => boolean
}

/** Whether requests can be committed now; `reason` is for the operator, '' where ready. */
export interface Readiness {
  readonly ready: boolean
  readonly reason: string
}

/** 200, in the format of the request (R11). */
export function answerReceipt(to: Connection, signal: Signal | 'metrics', format: Format, receipt: Receipt): void {
  write(to, 200, mediaTypes[format], receiptBytes(signal, format, receipt))
}

/** A Status, with the headers that belong to its code. */
export function answerFailure(to: Connection, format: Format, error: unknown): void {
  const failure = failureOf(error)
  if (failure.allow !== '') to.response.setHeader('allow', failure.allow)
  if (failure.retryAfterSeconds > 0) to.response.setHeader('retry-after', failure.retryAfterSeconds)
  write(to, failure.http, mediaTypes[format], statusBytes(format, failure))
}

/** `ok` or the reason, for whoever asks by hand or in a probe. */
export function answerProbe(to: Connection, { ready, reason }: Readiness): void {
  answerText(to, ready ? 200 : 503, ready ? 'ok' : reason)
}

/** Says to a person with a browser what listens here and where telemetry goes. */
export function answerHome(to: Connection): void {
  answerText(to, 200, home)
}

const home = `Spanledger receives OpenTelemetry traces and logs and writes them as rows of PostgreSQL.

Send:    set OTEL_EXPORTER_OTLP_ENDPOINT to this address and OTEL_EXPORTER_OTLP_PROTOCOL to http/protobuf
Paths:   POST /v1/traces, POST /v1/logs (OTLP as protobuf or JSON)
Health:  GET /healthz, GET /readyz
`

function answerText(to: Connection, status: number, text: string): void {
  write(to, status, 'text/plain; charset=utf-8', Buffer.from(text))
}

/**
 * Answers what Node couldn't read as HTTP. A request that took too long is closed without an answer: Node's 408 would
 * be final for most senders, a closed connection isn't.
 */
export function refuseUnreadable(error: Unreadable, socket: Duplex, onTurnedAway: (why: string) => void): void {
  const silent = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || error.code === 'ECONNRESET'
  if (silent || !socket.writable) return void socket.destroy()
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
  const why = foreignTo('OTLP/HTTP', error.rawPacket ?? Buffer.of()) ?? 'This is no HTTP/1.1 request.'
  onTurnedAway(why)
  answerUnread(socket, status, why)
}

/** What Node says of a connection that it can't read; `rawPacket` is where it gave up. */
export interface Unreadable extends NodeJS.ErrnoException {
  readonly rawPacket?: Uint8Array
}

function write({ request, response, lingerMs, closing }: Connection, status: number, type: string, body: Buffer): void {
  const unread = hasBody(request) && !request.complete
  if (unread || closing()) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-type': type, 'content-length': body.length })
  if (!unread) return void response.end(body)
  response.write(body)
  linger(request, lingerMs, () => response.end())
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * Reads on after a refusal and throws away what comes. Closing a socket that has unread bytes resets it, and a sender
 * that is still writing would see the reset instead of the answer, and try again (R36).
 */
function linger(request: IncomingMessage, lingerMs: number, end: () => void): void {
  const timer = setTimeout(end, lingerMs)
  finished(request, () => {
    clearTimeout(timer)
    end()
  })
  request.resume()
}
