import { Unavailable } from '../../errors.ts'

/**
 * How many bytes of requests are held at once, by all doors together (R37). A request is counted as its bytes come in
 * and inflate, not by what it announces: an announcement would let one sender reserve all by sending nothing.
 */
export interface ByteBudget {
  lease(): Lease
  /** Bytes that are held now. */
  held(): number
}

/** The bytes of one request. */
export interface Lease {
  /** Counts so many bytes more. Throws Unavailable where there is no room for them; what was taken stays taken. */
  take(bytes: number): void
  /** Gives all of it back; a second call does nothing. */
  release(): void
}

/** A budget that is never exceeded: whoever comes too late is asked to try again. */
export function openBudget(maxInflightBytes: number): ByteBudget {
  let held = 0
  return {
    held: () => held,
    lease() {
      let taken = 0
      return {
        take(bytes) {
          if (held + bytes > maxInflightBytes)
            throw new Unavailable('Too many bytes are in flight at this receiver; send the request again.')
          held += bytes
          taken += bytes
        },
        release() {
          held -= taken
          taken = 0
        },
      }
    },
  }
}
