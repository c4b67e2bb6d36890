import type { Duplex } from 'node:stream'

const held = new WeakSet<Duplex>()

/**
 * Holds back what is written to a connection until the turn of the event loop ends, so that all its statements are sent in
 * one write. Each write wakes the server up, which costs both sides more than the bytes of a statement.
 */
export function writeTogether(stream: Duplex): void {
  if (held.has(stream)) return
  held.add(stream)
  stream.cork()
  process.nextTick(writeNow, stream)
}

/** Sends what was held back, so that the server works on it meanwhile. */
export function writeNow(stream: Duplex): void {
  if (held.delete(stream)) stream.uncork()
}
