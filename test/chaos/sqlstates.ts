import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Counts the SQLSTATEs in the log of a server whose lines begin with them: each call reads what was added since the last. */
export function readStates(log: string): () => ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  let at = 0
  let rest = ''
  return () => {
    const descriptor = openSync(log, 'r')
    const added = Buffer.alloc(fstatSync(descriptor).size - at)
    readSync(descriptor, added, 0, added.length, at)
    closeSync(descriptor)
    at += added.length
    const lines = (rest + added.toString('latin1')).split('\n')
    rest = lines.pop()!
    for (const line of lines) {
      const [, state] = /^([0-9A-Z]{5}) (?:ERROR|FATAL|PANIC):/.exec(line) ?? []
      if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1)
    }
    return counts
  }
}
