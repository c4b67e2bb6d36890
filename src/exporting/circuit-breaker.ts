import { Unavailable } from '../errors.ts'

/** While the database is away for longer than an export may take, one export in this time is let through to ask it. */
const probeEveryMs = 1_000

/**
 * Lets exports fail at once when the database has been away for longer than one of them may take: the app's memory would
 * fill with spans that wait otherwise (E8).
 */
export interface CircuitBreaker {
  failed(why: string): void
  recovered(): void
  /** Throws Unavailable for all but one call in a second while the database is away. */
  check(): void
}

/** `afterMs`: how long the database must have been away before exports fail at once. */
export function createCircuitBreaker(afterMs: number): CircuitBreaker {
  let sinceMs: number | null = null
  let probeAtMs = 0
  let reason = ''
  return {
    failed(why) {
      sinceMs ??= performance.now()
      reason = why
    },
    recovered() {
      sinceMs = null
    },
    check() {
      const nowMs = performance.now()
      if (sinceMs === null || nowMs - sinceMs < afterMs) return
      if (nowMs < probeAtMs)
        throw new Unavailable(`the database has been away for ${Math.round((nowMs - sinceMs) / 1_000)} s: ${reason}`)
      probeAtMs = nowMs + probeEveryMs
    },
  }
}
