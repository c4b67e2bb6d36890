import type { Http2Server, Http2Session } from 'node:http2'

/** When a silent connection is sent a PING, and how long its answer may take before the connection is closed. */
export interface KeepAlive {
  readonly keepAliveMs: number
  readonly keepAliveAnswerMs: number
}

/** The HTTP/2 connections of a server: Node neither pings them nor closes them with the server. */
export interface Sessions {
  /** Sends GOAWAY to every sender; each connection closes after the last of its calls. */
  close(): void
}

/** Pings each connection of the server, and keeps them to be closed. */
export function watchSessions(server: Http2Server, keepAlive: KeepAlive): Sessions {
  const open = new Set<Http2Session>()
  server.on('session', (session) => {
    open.add(session)
    session.once('close', () => open.delete(session))
    pingRegularly(session, keepAlive)
  })
  return {
    close() {
      for (const session of open) session.close()
    },
  }
}

function pingRegularly(session: Http2Session, { keepAliveMs, keepAliveAnswerMs }: KeepAlive): void {
  const timer = setInterval(() => {
    const overdue = setTimeout(() => session.destroy(), keepAliveAnswerMs)
    // The callback is called with an error when the session ends before the answer.
    session.ping(() => clearTimeout(overdue))
  }, keepAliveMs)
  session.once('close', () => clearInterval(timer))
}
