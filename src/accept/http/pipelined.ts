import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** So many requests of one connection are answered at a time. Senders of OTLP wait for each answer. */
const mostAtOnce = 32

const unanswered = new WeakMap<Socket, number>()

/**
 * Reads no further requests of a connection while too many of it are unanswered: Node goes on reading as long as the answers
 * that are written already are read, so that one sender could have a million requests in memory.
 */
export function limitPipelined({ socket }: IncomingMessage, response: ServerResponse): void {
  const count = (unanswered.get(socket) ?? 0) + 1
  unanswered.set(socket, count)
  if (count >= mostAtOnce) socket.pause()
  response.once('close', () => {
    const left = unanswered.get(socket)! - 1
    unanswered.set(socket, left)
    if (left === mostAtOnce / 2) socket.resume()
  })
}
