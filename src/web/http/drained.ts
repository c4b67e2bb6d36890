import type { ServerResponse } from 'node:http'

/**
 * Waits until a response takes more, or its client has gone. It leaves no listener behind: a long answer waits many times,
 * and Node takes more than ten listeners of one event for a leak.
 */
export function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done)
      resolve()
    }
    response.on('drain', done).on('close', done)
  })
}
