import type { Trace } from '../../settle/model/trace.ts'

/**
 * Traces as they were at their last commit, so that the next batch of a trace need not read them again. A trace is
 * taken out while a transaction works on it, and comes back only after the commit; the version in the database tells
 * whether another receiver has written since. Only traces that are likely to grow are kept, bounded by their spans.
 */
export interface TraceCache {
  /** The trace with the version at its last commit; whoever takes it owns it. */
  take(key: string): CachedTrace | undefined
  /** false: it isn't kept. */
  keep(key: string, remembered: CachedTrace): boolean
}

export interface CachedTrace {
  readonly trace: Trace
  readonly version: number
  readonly epoch: string
}

/** Larger ones are kept even when they look complete, because reading them again would take long. */
const small = 500

/** Most traces are over when nothing in them waits for a parent; a straggler has its trace read again. */
function mayGrow({ orphans, nodes }: Trace): boolean {
  return orphans.size > 0 || nodes.size > small
}

export function openTraceCache(maxSpans: number): TraceCache {
  const traces = new Map<string, CachedTrace>()
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
      if (!mayGrow(remembered.trace)) return false
      traces.set(key, remembered)
      spans += remembered.trace.nodes.size
      // the one that was used longest ago stands first
      for (const oldest of traces.keys()) {
        if (spans <= maxSpans) break
        take(oldest)
      }
      return traces.has(key)
    },
  }
}
