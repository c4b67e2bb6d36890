/** Waits for changes. */
export interface Wake extends Disposable {
  /** Resolves after a change, after the time at the latest, or when the client has gone. */
  next(): Promise<void>
}

/** How often a reader looks by itself: announcements may not come through. */
const everyMs = 1_000
/** At most ten looks a second. */
const leastMs = 100

/** Wakes a reader after changes, and once a second. */
export function openWake(follow: (onChange: () => void) => () => void, closed: AbortSignal): Wake {
  let isChanged = false
  let resume: (() => void) | undefined
  let lastMs = 0
  const onChange = () => {
    isChanged = true
    resume?.()
  }
  const unfollow = follow(onChange)
  closed.addEventListener('abort', onChange, { once: true })
  const pause = (ms: number, isEndedByChange: boolean) =>
    new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        resume = undefined
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (isEndedByChange || closed.aborted) resume = done
      if (closed.aborted) done()
    })
  return {
    async next() {
      const sinceMs = performance.now() - lastMs
      if (sinceMs < leastMs) await pause(leastMs - sinceMs, false)
      if (!isChanged && !closed.aborted) await pause(everyMs, true)
      isChanged = false
      lastMs = performance.now()
    },
    [Symbol.dispose]() {
      unfollow()
      closed.removeEventListener('abort', onChange)
    },
  }
}
