import { readFileSync, writeFileSync } from 'node:fs'

// Loaded into a receiver before it starts (`node --import`). Writes to the file that WATCH_FILE names how long its thread
// has worked at a stretch without looking at its sockets, in milliseconds. Time without a processor isn't counted.
const everyMs = 5
const schedstat = `/proc/self/task/${process.pid}/schedstat`
const cpuMs = () => Number(readFileSync(schedstat, 'latin1').split(' ')[0]) / 1e6
let [lastMs, lastCpuMs] = [performance.now(), cpuMs()]
let longestMs = 0
setInterval(() => {
  const [nowMs, nowCpuMs] = [performance.now(), cpuMs()]
  const busyMs = Math.min(nowMs - lastMs - everyMs, nowCpuMs - lastCpuMs)
  if (busyMs > longestMs) {
    longestMs = busyMs
    writeFileSync(process.env.WATCH_FILE, String(Math.round(longestMs)))
  }
  ;[lastMs, lastCpuMs] = [nowMs, nowCpuMs]
}, everyMs).unref()
