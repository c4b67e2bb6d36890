import type { Http2Server, Http2Session } from 'node:http2'

/** The times of a connection, in milliseconds. */
export interface ConnectionTimes {
  /** From the last sign of life to a PING. */
  readonly keepAliveMs: number
  /** How long its answer may take before the connection is closed. */
  readonly keepAliveAnswerMs: number
  /** The age at which the sender is asked to connect anew; 0 for never. */
  readonly maxConnectionAgeMs: number
}

/** The HTTP/2 connections of a server: Node neither pings them nor closes them with the server. */
export interface Sessions {
  /** Sends GOAWAY to every sender; each connection closes after the last of its calls. */
  close(): void
}

/** Pings each connection of the server, closes it at its age, and keeps all of them to be closed. */
export function watchSessions(server: Http2Server, times: ConnectionTimes): Sessions {
  const open = new Set<Http2Session>()
  server.on('session', (session) => {
    open.add(session)
    session.once('close', () => open.delete(session))
    pingRegularly(session, times)
    if (times.maxConnectionAgeMs > 0) closeAtAge(session, times.maxConnectionAgeMs)
  })
  return {
    close() {
      for (const session of open) session.close()
    },
  }
}

function pingRegularly(session: Http2Session, { keepAliveMs, keepAliveAnswerMs }: ConnectionTimes): void {
  const timer = setInterval(() => {
    // a session that is destroyed is closed only when its socket is
    if (session.destroyed) return
    const overdue = setTimeout(() => session.destroy(), keepAliveAnswerMs)
    // The callback is called with an error when the session ends before the answer.
    session.ping(() => clearTimeout(overdue))
  }, keepAliveMs)
  session.once('close', () => clearInterval(timer))
}

/**
 * Asks the sender to connect anew, so that a load balancer that spreads connections spreads the load of channels that
 * stay open for ever. The age varies by a tenth, or all senders that began together would come back together. GOAWAY
 * names the last call that is served; a call on its way after that is sent again over the next connection (RFC 9113, 6.8).
 * A first GOAWAY that refuses no call would spare that, but with it calls of @grpc/grpc-js hang.
 */
function closeAtAge(session: Http2Session, ageMs: number): void {
  const timer = setTimeout(() => session.close(), ageMs * (0.9 + 0.2 * Math.random()))
  session.once('close', () => clearTimeout(timer))
}
