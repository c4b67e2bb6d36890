import type { Node } from '../../settle/model/node.ts'
import type { Trace } from '../../settle/model/trace.ts'

/**
 * Traces as they were at their last commit, so that the next batch of a trace need not read them again. A transaction
 * takes a trace out and puts it back after its commit; the version shows whether another receiver has written to the
 * trace since. Traces that are likely to grow are kept, and their spans are limited.
 */
export interface TraceCache {
  /** Removes a trace and returns it: the caller may change it. */
  take(key: string): CachedTrace | undefined
  /** Returns false where the trace is not kept. `batchFacts`: how many facts its batch had, of all traces. */
  put(key: string, cached: CachedTrace, batchFacts?: number): boolean
  state(): CacheState
}

/** What a cache holds, and how often a trace that was asked for was in it. */
export interface CacheState {
  readonly spans: number
  readonly hits: number
  readonly misses: number
}

/** A trace with the version and epoch of its row in `traces`, and when the server that has the row was started. */
export interface CachedTrace {
  readonly trace: Trace
  readonly version: number
  readonly epoch: string
  readonly server: string
}

/** The traces of one tenant in a cache that tenants share: trace ids of two tenants may be equal (law 8). */
export function cacheOfTenant(cache: TraceCache, tenant: string): TraceCache {
  return {
    take: (key) => cache.take(`${tenant} ${key}`),
    put: (key, cached, batchFacts) => cache.put(`${tenant} ${key}`, cached, batchFacts),
    state: () => cache.state(),
  }
}

/** Traces with more spans are kept even when they look complete, because reading them again takes long. */
const mostSpansToRead = 500

/** Most traces are complete when no span in them waits for a parent; for a late span the trace is read again. */
function mayGrow({ orphans, nodes }: Trace): boolean {
  return orphans.size > 0 || nodes.size > mostSpansToRead
}

/** A packed node takes 1.2 kB of memory, another one 4.5 besides the texts of its facts (`npm run bench:long-trace`). */
const packedWeight = 0.3
const spanBytes = 4_500
/** So many nodes of a trace are looked at for their texts. */
const mostWeighed = 100

/** How much of the cache a trace takes, in spans that are not packed. */
function weightOf({ nodes, packing }: Trace): number {
  const { unpacked } = packing
  const packed = Math.max(0, nodes.size - unpacked.size)
  const texts = Math.floor((textUnitsIn(unpacked) * unpacked.size) / spanBytes)
  return nodes.size - Math.floor(packed * (1 - packedWeight)) + texts
}

/** Returns how many UTF-16 code units of texts a node has, on the average. A prompt may be longer than all else of its span. */
function textUnitsIn(nodes: ReadonlySet<Node>): number {
  let [units, weighed] = [0, 0]
  for (const { facts } of nodes) {
    if (weighed === mostWeighed) break
    weighed++
    units += (facts.statements.query?.value.length ?? 0) + (facts.statements.result?.value.length ?? 0)
    units += (facts.tool?.input?.length ?? 0) + (facts.tool?.output?.length ?? 0)
    for (const { input } of facts.asks) units += input?.length ?? 0
    for (const { output } of facts.answers) units += output?.length ?? 0
  }
  return weighed === 0 ? 0 : units / weighed
}

/**
 * The most facts of a small batch, each as heavy as the spans of its trace: its senders gather few spans, so more of the same
 * traces may follow.
 */
const smallBatch = 128
/** So many spans of traces that look complete are kept for a while after small batches: they take 9 MB. */
const mostCompleteSpans = 2_000

/**
 * Makes an empty cache that keeps at most `maxSpans` spans of traces that are likely to grow, of spans that are packed three
 * times as many. Traces that look complete are kept after small batches only: after a large one they would be memory that
 * lives on for nothing. With 0 none is kept.
 */
export function openTraceCache(maxSpans: number): TraceCache {
  const growing = openLruCache(maxSpans)
  const complete = openLruCache(Math.min(maxSpans, mostCompleteSpans))
  let [hits, misses] = [0, 0]
  return {
    take: (key) => {
      const cached = growing.take(key) ?? complete.take(key)
      if (cached === undefined) misses++
      else hits++
      return cached
    },
    state: () => ({ spans: growing.spans() + complete.spans(), hits, misses }),
    put: (key, cached, batchFacts = Infinity) => {
      for (const cache of [growing, complete]) cache.take(key)
      if (mayGrow(cached.trace)) return growing.put(key, cached)
      if (batchFacts > smallBatch) return false
      const weight = weightOf(cached.trace)
      return (batchFacts * weight) / cached.trace.nodes.size <= smallBatch && complete.put(key, cached)
    },
  }
}

interface LruCache {
  take(key: string): CachedTrace | undefined
  /** Returns false where the trace is not kept. */
  put(key: string, cached: CachedTrace): boolean
  spans(): number
}

/**
 * Keeps at most `maxSpans` spans; the trace that was used longest ago is dropped first. The one that was used last stays
 * however long it is: to read it again for each batch would take as much memory, and a time that grows with the trace.
 */
function openLruCache(maxSpans: number): LruCache {
  // a Map iterates in the order of insertion, and a trace is inserted anew at each use
  const traces = new Map<string, { readonly cached: CachedTrace; readonly weight: number }>()
  let spans = 0
  const take = (key: string) => {
    const kept = traces.get(key)
    if (kept === undefined) return undefined
    traces.delete(key)
    spans -= kept.weight
    return kept.cached
  }
  return {
    take,
    spans: () => spans,
    put: (key, cached) => {
      const weight = weightOf(cached.trace)
      traces.set(key, { cached, weight })
      spans += weight
      for (const oldest of traces.keys()) {
        if (spans <= maxSpans || (traces.size === 1 && maxSpans > 0)) break
        take(oldest)
      }
      return traces.has(key)
    },
  }
}
