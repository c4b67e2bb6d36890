import { Unavailable } from '../errors.ts'

/**
 * Lets requests in to be decoded, in the order in which they came, as long as those inside have no more than so many
 * bytes: decoded, they take several times that. Those that came in one turn of the event loop enter together at its end, one
 * after the other: a processor that decodes many small ones in a row is a fifth faster than one that reads each from its
 * socket in between. Few bytes enter in one turn, since nothing else runs while they are decoded.
 */
export interface Admission {
  /**
   * Resolves when a request is inside. Rejects with `Unavailable` where there is no room by `untilMs`, as `performance.now()`
   * counts.
   */
  enter(bytes: number, untilMs: number): Promise<Entered>
}

/** A request that is inside. */
export interface Entered {
  /** Says that it has so many bytes from now on, if these are fewer. */
  shrink(bytes: number): void
  /** Lets the next ones in. Called again, it does nothing. */
  leave(): void
}

/** The limits of an admission. */
export interface AdmissionLimits {
  /** A request with more bytes is let in when it is alone. */
  readonly mostBytes: number
  /** In one turn of the event loop so many bytes enter, or one request with more. */
  readonly mostBytesPerTurn: number
  /** Whether nothing may enter for another reason. Looked at whenever something has left. */
  readonly isFull: () => boolean
  /** Called when requests begin to wait for others to leave, and when none waits any more. */
  readonly onWaiting?: (isWaiting: boolean) => void
}

interface Waiting {
  readonly bytes: number
  readonly letIn: () => void
}

/** Opens an admission with nothing inside. */
export function openAdmission(limits: AdmissionLimits): Admission {
  const { mostBytes, mostBytesPerTurn, isFull, onWaiting = () => {} } = limits
  const queue = new Set<Waiting>()
  // counted apart from their bytes: a part's share of a request is a fraction, whose sums leave a rest
  let inside = 0
  let bytesInside = 0
  const hasSpace = (bytes: number) => inside === 0 || (bytesInside + bytes <= mostBytes && !isFull())
  let isShort = false
  const sayWaiting = () => {
    const [first] = queue
    const wasShort = isShort
    // a request that waits only for the next turn of the event loop is no sign of overload
    isShort = first !== undefined && (wasShort || !hasSpace(first.bytes))
    if (isShort !== wasShort) onWaiting(isShort)
  }
  let isTurnPlanned = false
  const planTurn = () => {
    if (!isTurnPlanned) setImmediate(endTurn)
    isTurnPlanned = true
  }
  const endTurn = () => {
    isTurnPlanned = false
    let ofTurn = 0
    for (const { bytes, letIn } of queue) {
      if (!hasSpace(bytes)) break
      if (ofTurn > 0 && ofTurn + bytes > mostBytesPerTurn) {
        planTurn()
        break
      }
      ofTurn += bytes
      letIn()
    }
    sayWaiting()
  }
  const admit = (bytes: number): Entered => {
    let held = bytes
    let isInside = true
    inside++
    bytesInside += held
    const shrink = (to: number) => {
      if (!isInside || to >= held) return
      bytesInside -= held - to
      held = to
      if (queue.size > 0) planTurn()
    }
    return {
      shrink,
      leave() {
        shrink(0)
        if (isInside) inside--
        isInside = false
      },
    }
  }
  return {
    enter: (bytes, untilMs) =>
      new Promise((resolve, reject) => {
        const waiting = {
          bytes,
          letIn: () => {
            clearTimeout(timer)
            queue.delete(waiting)
            resolve(admit(bytes))
          },
        }
        const giveUp = () => {
          queue.delete(waiting)
          sayWaiting()
          const why = 'More comes in than the database takes at the moment; send again.'
          reject(new Unavailable(why, { reason: 'queue-full' }))
        }
        const timer = setTimeout(giveUp, untilMs - performance.now())
        queue.add(waiting)
        planTurn()
      }),
  }
}
