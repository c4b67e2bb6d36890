import type { Signal } from '../../src/decode/span.ts'
import type { Events } from '../../src/events/events.ts'
import type { Tally } from '../../src/events/tally.ts'

/** What a receiver has reported since it was opened. */
export interface Counters {
  readonly items: Readonly<Record<Signal, Tally>>
  /** Requests whose tally doesn't add up (law 6). */
  readonly unbalanced: number
  /** Reason → spans and records. */
  readonly refused: Readonly<Record<string, number>>
  readonly metricsRequests: number
  readonly warnings: number
}

/** Events that are counted and handed on to `events`. */
export function countedEvents(events: Events): { readonly events: Events; readonly counters: () => Counters } {
  const items = { traces: emptyTally(), logs: emptyTally() }
  const refused = new Map<string, number>()
  let [unbalanced, metricsRequests, warnings] = [0, 0, 0]
  return {
    counters: () =>
      structuredClone({ items, unbalanced, refused: Object.fromEntries(refused), metricsRequests, warnings }),
    events: {
      ...events,
      requestAnswered(signal, tally, details) {
        for (const key of Object.keys(tally) as (keyof Tally)[]) items[signal][key] += tally[key]
        const { received, ...others } = tally
        if (received !== Object.values(others).reduce((sum, count) => sum + count, 0)) unbalanced++
        events.requestAnswered(signal, tally, details)
      },
      spanRefused(reason) {
        refused.set(reason, (refused.get(reason) ?? 0) + 1)
        events.spanRefused(reason)
      },
      metricsDiscarded() {
        metricsRequests++
        events.metricsDiscarded()
      },
      warning(text) {
        warnings++
        events.warning(text)
      },
    },
  }
}

function emptyTally(): { -readonly [K in keyof Tally]: Tally[K] } {
  return { received: 0, committed: 0, unrelated: 0, duplicate: 0, refused: 0, givenBack: 0 }
}
