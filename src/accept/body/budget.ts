import { Unavailable } from '../../errors.ts'

/**
 * The bytes of requests that all servers together hold at once (R37). A request is counted as its bytes arrive and are
 * decompressed, not by the length that it announces: otherwise one sender could reserve everything by sending nothing.
 */
export interface ByteBudget {
  lease(): Lease
  /** The bytes that are held now. */
  held(): number
}

/** The bytes of one request. */
export interface Lease {
  /** Counts this many bytes more. Throws Unavailable where the budget has no room for them; earlier bytes stay counted. */
  take(bytes: number): void
  /** Gives all bytes back; a second call does nothing. */
  release(): void
}

/** A budget of `maxInflightBytes`. Senders over it are asked to try again. */
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
