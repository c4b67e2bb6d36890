import type { Facts } from '../map/facts/facts.ts'

/**
 * Remembers the refused facts of requests that were given back before all their facts were decided: when such a request
 * comes again, only the rest is searched, so that resends come to an end.
 */
export interface RefusalCache<Outcome> {
  /** The remembered outcomes of these facts, which are forgotten here. */
  take(facts: readonly Facts[]): Map<Facts, Outcome>
  keep(refused: ReadonlyMap<Facts, Outcome>): void
}

/** `most`: so many are remembered; the oldest are forgotten, and searched again when they come again. */
export function openRefusalCache<Outcome>(most: number): RefusalCache<Outcome> {
  const outcomes = new Map<string, Outcome>()
  return {
    take(facts) {
      const found = new Map<Facts, Outcome>()
      if (outcomes.size === 0) return found
      for (const fact of facts) {
        const outcome = outcomes.get(identityOf(fact))
        if (outcome !== undefined) found.set(fact, outcome)
      }
      for (const fact of found.keys()) outcomes.delete(identityOf(fact))
      return found
    },
    keep(refused) {
      for (const [fact, outcome] of refused) outcomes.set(identityOf(fact), outcome)
      for (const oldest of outcomes.keys()) {
        if (outcomes.size <= most) break
        outcomes.delete(oldest)
      }
    },
  }
}

function identityOf({ tenant, trace, id, digest }: Facts): string {
  return `${tenant} ${trace} ${id} ${digest}`
}
