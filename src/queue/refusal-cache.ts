import type { Facts } from '../map/facts/facts.ts'

/**
 * The refused facts of requests that were given back before all their facts were decided: when such a request comes
 * again, only the other facts are tried, so that resends come to an end.
 */
export interface RefusalCache<Outcome> {
  /** Removes the outcomes of these facts and returns those that were cached. */
  take(tenant: string, facts: readonly Facts[]): Map<Facts, Outcome>
  put(tenant: string, refused: ReadonlyMap<Facts, Outcome>): void
}

/** Makes an empty cache that keeps at most `most` outcomes: the oldest are dropped, and found again by another search. */
export function openRefusalCache<Outcome>(most: number): RefusalCache<Outcome> {
  const outcomes = new Map<string, Outcome>()
  return {
    take(tenant, facts) {
      const found = new Map<Facts, Outcome>()
      if (outcomes.size === 0) return found
      for (const fact of facts) {
        const outcome = outcomes.get(identityOf(tenant, fact))
        if (outcome !== undefined) found.set(fact, outcome)
      }
      for (const fact of found.keys()) outcomes.delete(identityOf(tenant, fact))
      return found
    },
    put(tenant, refused) {
      for (const [fact, outcome] of refused) outcomes.set(identityOf(tenant, fact), outcome)
      for (const oldest of outcomes.keys()) {
        if (outcomes.size <= most) break
        outcomes.delete(oldest)
      }
    },
  }
}

/** Equal spans have equal identities: the digest is a hash of their content. */
function identityOf(tenant: string, { trace, id, digest }: Facts): string {
  return `${tenant} ${trace} ${id} ${digest}`
}
