import { existsSync, readFileSync } from 'node:fs'

const everyMs = 5
const schedstat = `/proc/self/task/${process.pid}/schedstat`

/** The CPU time of the main thread so far, in milliseconds; elsewhere than on Linux, that of all threads. */
function cpuMs(): number {
  if (existsSync(schedstat)) return Number(readFileSync(schedstat, 'latin1').split(' ')[0]) / 1e6
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * Measures the longest time that the main thread works without a turn of the event loop, in milliseconds, until the function
 * that is returned is called. Time in which it waits for a processor is not counted: on a busy machine that is most of it.
 */
export function watchStretches(): () => number {
  let [lastMs, lastCpuMs] = [performance.now(), cpuMs()]
  let longestMs = 0
  const timer = setInterval(() => {
    const [nowMs, nowCpuMs] = [performance.now(), cpuMs()]
    longestMs = Math.max(longestMs, Math.min(nowMs - lastMs - everyMs, nowCpuMs - lastCpuMs))
    ;[lastMs, lastCpuMs] = [nowMs, nowCpuMs]
  }, everyMs)
  return () => {
    clearInterval(timer)
    return longestMs
  }
}
