import type { Trace } from '../settle/trace.ts'

/**
 * Traces as they were at their last commit, so that the next batch of a trace need not read them again. A trace is
 * taken out while a transaction works on it, and comes back only after the commit; the version in the database tells
 * whether another receiver has written since. Bounded by the number of spans.
 */
export interface Memory {
  /** The trace with the version at its last commit; whoever takes it owns it. */
  take(key: string): Remembered | undefined
  keep(key: string, remembered: Remembered): void
}

export interface Remembered {
  readonly trace: Trace
  readonly version: number
  readonly epoch: string
}

export function openMemory(maxSpans: number): Memory {
  const traces = new Map<string, Remembered>()
  let spans = 0
  const take = (key: string) => {
    const remembered = traces.get(key)
    if (remembered === undefined) return undefined
    traces.delete(key)
    spans -= remembered.trace.nodes.size
    return remembered
  }
  return {
    take,
    keep: (key, remembered) => {
      take(key)
      traces.set(key, remembered)
      spans += remembered.trace.nodes.size
      // the one that was used longest ago stands first
      for (const oldest of traces.keys()) {
        if (spans <= maxSpans) break
        take(oldest)
      }
    },
  }
}
