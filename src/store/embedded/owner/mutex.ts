import { Unavailable } from '../../../errors.ts'

/** A mutex that is given to waiting callers first in, first out, with a time limit on waiting. */
export interface Mutex {
  /**
   * Resolves with a function that releases the mutex. Rejects with `Unavailable` after `withinMs` milliseconds of waiting;
   * 0 means no limit.
   */
  acquire(withinMs: number): Promise<() => void>
}

/** Makes a mutex, for callers within this process. */
export function openMutex(): Mutex {
  const waiting: (() => void)[] = []
  let isHeld = false
  const release = () => {
    const next = waiting.shift()
    if (next === undefined) isHeld = false
    else next()
  }
  return {
    acquire(withinMs) {
      if (!isHeld) {
        isHeld = true
        return Promise.resolve(release)
      }
      return new Promise((resolve, reject) => {
        const timer = withinMs > 0 ? setTimeout(timeOut, withinMs) : undefined
        const start = () => {
          clearTimeout(timer)
          resolve(release)
        }
        function timeOut() {
          waiting.splice(waiting.indexOf(start), 1)
          reject(new Unavailable(`the embedded database is busy: no turn within ${withinMs} ms`))
        }
        waiting.push(start)
      })
    },
  }
}
