import { Unavailable } from '../errors.ts'

/**
 * Lets requests in to be decoded, in the order in which they came, as long as those inside have no more than so many
 * bytes: decoded, they take several times that. Few enter in one turn of the event loop, since nothing else runs while they
 * are decoded.
 */
export interface Admission {
  /**
   * Returns the function that lets the next ones in: at once where there is room, else as a promise. It rejects with
   * `Unavailable` where there is none by `untilMs`, as `performance.now()` counts.
   */
  enter(bytes: number, untilMs: number): (() => void) | Promise<() => void>
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
  let isShort = false
  // a request that waits only for the next turn of the event loop is no sign of overload
  const sayWaiting = () => {
    const [first] = queue
    const wasShort = isShort
    isShort = first !== undefined && (wasShort || !hasSpace(first.bytes))
    if (isShort !== wasShort) onWaiting(isShort)
  }
  const join = (waiting: Waiting) => {
    queue.add(waiting)
    sayWaiting()
  }
  const leave = (waiting: Waiting) => {
    queue.delete(waiting)
    sayWaiting()
  }
  // counted apart from their bytes: a part's share of a request is a fraction, whose sums leave a rest
  let inside = 0
  let bytesInside = 0
  let ofTurn = 0
  const hasSpace = (bytes: number) => inside === 0 || (bytesInside + bytes <= mostBytes && !isFull())
  const hasRoom = (bytes: number) => hasSpace(bytes) && (ofTurn === 0 || ofTurn + bytes <= mostBytesPerTurn)
  const letInNext = () => {
    for (const next of queue) {
      if (!hasRoom(next.bytes)) break
      next.letIn()
    }
    sayWaiting()
  }
  const countTurn = (bytes: number) => {
    if (ofTurn === 0)
      setImmediate(() => {
        ofTurn = 0
        letInNext()
      })
    ofTurn += Math.max(1, bytes)
  }
  const admit = (bytes: number) => {
    let isInside = true
    inside++
    bytesInside += bytes
    countTurn(bytes)
    return () => {
      if (!isInside) return
      isInside = false
      inside--
      bytesInside -= bytes
      letInNext()
    }
  }
  return {
    enter(bytes, untilMs) {
      if (queue.size === 0 && hasRoom(bytes)) return admit(bytes)
      return new Promise((resolve, reject) => {
        const waiting = {
          bytes,
          letIn: () => {
            clearTimeout(timer)
            leave(waiting)
            resolve(admit(bytes))
          },
        }
        const giveUp = () => {
          leave(waiting)
          const why = 'More comes in than the database takes at the moment; send again.'
          reject(new Unavailable(why, { reason: 'queue-full' }))
        }
        const timer = setTimeout(giveUp, untilMs - performance.now())
        join(waiting)
      })
    },
  }
}
