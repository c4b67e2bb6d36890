import { Unavailable } from '../../../errors.ts'

/** Lets one at a time have something, first come, first served. */
export interface Mutex {
  /**
   * Resolves when it is one's turn, with what ends it. Rejects with `Unavailable` when that takes longer; 0: it may
   * take for ever.
   */
  take(withinMs: number): Promise<() => void>
}

export function openMutex(): Mutex {
  const waiting: (() => void)[] = []
  let taken = false
  const giveBack = () => {
    const next = waiting.shift()
    if (next === undefined) taken = false
    else next()
  }
  return {
    take(withinMs) {
      if (!taken) {
        taken = true
        return Promise.resolve(giveBack)
      }
      return new Promise((resolve, reject) => {
        const timer = withinMs > 0 ? setTimeout(tooLate, withinMs) : undefined
        const start = () => {
          clearTimeout(timer)
          resolve(giveBack)
        }
        function tooLate() {
          waiting.splice(waiting.indexOf(start), 1)
          reject(new Unavailable(`the embedded database is busy: no turn within ${withinMs} ms`))
        }
        waiting.push(start)
      })
    },
  }
}
