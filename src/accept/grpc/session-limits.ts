import { constants, type Http2Server, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'

/** What one connection has received since it was last looked at. */
interface Received {
  /** The bytes of messages, read or thrown away. */
  data: number
  calls: number
  /** Calls that their sender has given up, answered or not. */
  aborted: number
}

/** How often connections are looked at. */
const everyMs = 1_000
/** The bytes besides messages that a connection may send: at once, in a second, and for each call, whose headers they are. */
const control = { burst: 512 * 1024, second: 64 * 1024, call: 16 * 1024 }
/** So many calls given up in a second, at least every other one, are no impatient sender. */
const mostAborted = 500

const connections = new WeakMap<Http2Session, Received>()

/**
 * Closes connections that send frames which cost work and carry nothing: PRIORITY, WINDOW_UPDATE, RST_STREAM or unknown ones
 * without end, or calls that are given up at once. Node bounds only some kinds (PING, SETTINGS, CONTINUATION).
 */
export function limitSessions(server: Http2Server, onRefused: (why: string) => void): void {
  server.on('session', (session) => {
    const received: Received = { data: 0, calls: 0, aborted: 0 }
    connections.set(session, received)
    const timer = setInterval(watchSession(session, received, onRefused), everyMs)
    session.once('close', () => clearInterval(timer))
  })
  server.on('stream', (stream) => {
    const received = stream.session && connections.get(stream.session)
    if (!received) return
    received.calls++
    stream.once('close', () => {
      if (stream.rstCode !== constants.NGHTTP2_NO_ERROR) received.aborted++
    })
  })
}

/** Counts bytes of a message, so that they aren't taken for other frames. */
export function countData({ session }: ServerHttp2Stream, bytes: number): void {
  const received = session && connections.get(session)
  if (received) received.data += bytes
}

function watchSession(session: Http2Session, received: Received, onRefused: (why: string) => void): () => void {
  const socket = session.socket as Socket
  let credit = control.burst
  let readBefore = 0
  return () => {
    if (session.destroyed) return
    const { data, calls, aborted } = received
    const others = socket.bytesRead - readBefore - data
    credit = Math.min(control.burst, credit + control.second + calls * control.call) - others
    readBefore = socket.bytesRead
    Object.assign(received, { data: 0, calls: 0, aborted: 0 })
    if (credit >= 0 && (aborted < mostAborted || 2 * aborted < calls)) return
    onRefused(credit < 0 ? 'A connection sent HTTP/2 frames that carry nothing.' : 'A connection gave up its calls.')
    session.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM)
  }
}
