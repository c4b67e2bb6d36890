import type { Http2Server, Http2Session } from 'node:http2'

/** How long a connection may be silent before it is asked whether somebody is there, and how long for the answer. */
export interface KeepAlive {
  readonly keepAliveMs: number
  readonly keepAliveAnswerMs: number
}

/** The connections of a server that speak HTTP/2, which Node neither asks for life nor closes for us. */
export interface Sessions {
  /** GOAWAY to every sender; each connection ends with the last of its calls. */
  close(): void
}

export function watchSessions(server: Http2Server, keepAlive: KeepAlive): Sessions {
  const open = new Set<Http2Session>()
  server.on('session', (session) => {
    open.add(session)
    session.once('close', () => open.delete(session))
    askForLife(session, keepAlive)
  })
  return {
    close() {
      for (const session of open) session.close()
    },
  }
}

function askForLife(session: Http2Session, { keepAliveMs, keepAliveAnswerMs }: KeepAlive): void {
  const asking = setInterval(() => {
    const gone = setTimeout(() => session.destroy(), keepAliveAnswerMs)
    // Called too, with an error, when the session ends before the answer.
    session.ping(() => clearTimeout(gone))
  }, keepAliveMs)
  session.once('close', () => clearInterval(asking))
}
