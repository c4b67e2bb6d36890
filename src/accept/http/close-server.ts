import { once } from 'node:events'
import type { HttpServer } from './create-server.ts'

/** An answer that was already being written at `stop` doesn't say `Connection: close`: its connection is idle afterwards. */
const sweepMs = 50

/** Closes idle connections at once, the others after their answer, and what is left by force. */
export async function closeHttpServer(server: HttpServer, shutdownTimeoutMs: number): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
  const force = setTimeout(() => server.closeAllConnections(), shutdownTimeoutMs)
  await closed
  clearInterval(sweep)
  clearTimeout(force)
}
