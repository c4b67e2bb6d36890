import { EventEmitter } from 'node:events'
import type { Http2Server } from 'node:http2'
import { expect, test, vi } from 'vitest'
import { watchSessions } from '../../../src/accept/grpc/grpc-sessions.ts'

test('a session that is destroyed and not closed yet is not pinged any more', () => {
  vi.useFakeTimers()
  try {
    const server = new EventEmitter()
    const ping = vi.fn()
    const session = Object.assign(new EventEmitter(), { destroyed: false, ping, destroy: () => {} })
    watchSessions(server as unknown as Http2Server, {
      keepAliveMs: 10,
      keepAliveAnswerMs: 1_000,
      maxConnectionAgeMs: 0,
    })
    server.emit('session', session)
    vi.advanceTimersByTime(10)
    expect(ping).toHaveBeenCalledTimes(1)
    session.destroyed = true
    vi.advanceTimersByTime(100)
    expect(ping).toHaveBeenCalledTimes(1)
  } finally {
    vi.useRealTimers()
  }
})
