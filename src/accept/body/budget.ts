import { Unavailable } from '../../errors.ts'

/**
 * The bytes of requests that all servers together hold at once (R37). A request is counted as its bytes arrive and are
 * decompressed, not by the length that it announces: otherwise one sender could reserve everything by sending nothing.
 */
export interface ByteBudget {
  /** Begins to count a request. Throws Unavailable where there is hardly any room: it would be read in vain. */
  lease(): Lease
  /** The bytes that are held now. */
  held(): number
}

/** The bytes of one request. */
export interface Lease {
  /** Counts this many bytes more. Throws Unavailable where the budget has no room for them; earlier bytes stay counted. */
  take(bytes: number): void
  /** Gives so many bytes back, whose memory is free again. */
  give(bytes: number): void
  /** Gives all bytes back; a second call does nothing. */
  release(): void
}

/** So much of the budget has to be free before a request is read: a sixteenth, and no more than most requests have. */
const leastRoom = (maxInflightBytes: number) => Math.min(maxInflightBytes / 16, 4 * 1024 * 1024)

/** Of longer bodies there is one at a time, or as many as take half of the budget. */
const longBytes = 1024 * 1024

/** A budget of `maxInflightBytes`. Senders over it are asked to try again. `onTaken` is called with all bytes that are counted. */
export function openBudget(maxInflightBytes: number, onTaken: (bytes: number) => void = () => {}): ByteBudget {
  const long = new Set<Lease>()
  let held = 0
  const require = (bytes: number, limit: number) => {
    if (held + bytes > limit)
      throw new Unavailable('Too many bytes are in flight at this receiver; send the request again.')
  }
  return {
    held: () => held,
    lease() {
      require(leastRoom(maxInflightBytes), maxInflightBytes)
      let taken = 0
      const lease: Lease = {
        take(bytes) {
          const isLong = taken + bytes > longBytes
          const isOneOfSeveral = isLong && long.size > (long.has(lease) ? 1 : 0)
          require(bytes, isOneOfSeveral ? maxInflightBytes / 2 : maxInflightBytes)
          if (isLong) long.add(lease)
          held += bytes
          taken += bytes
          onTaken(bytes)
        },
        give(bytes) {
          const given = Math.min(bytes, taken)
          held -= given
          taken -= given
        },
        release() {
          long.delete(lease)
          held -= taken
          taken = 0
        },
      }
      return lease
    },
  }
}
