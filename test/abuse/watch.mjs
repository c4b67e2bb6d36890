import { readFileSync, renameSync, writeFileSync } from 'node:fs'

// Loaded into a receiver before it starts (`node --import`). Writes to the file that WATCH_FILE names how long its thread
// has worked at a stretch without looking at its sockets, in milliseconds; time without a processor isn't counted. SIGUSR2
// begins anew; the second number counts that.
const everyMs = 5
const schedstat = `/proc/self/task/${process.pid}/schedstat`
const cpuMs = () => Number(readFileSync(schedstat, 'latin1').split(' ')[0]) / 1e6
let [lastMs, lastCpuMs] = [performance.now(), cpuMs()]
let [workMs, begun] = [0, 0]
// whoever reads the file finds it whole
const write = () => {
  writeFileSync(`${process.env.WATCH_FILE}.next`, `${Math.round(workMs)} ${begun}`)
  renameSync(`${process.env.WATCH_FILE}.next`, process.env.WATCH_FILE)
}
write()
setInterval(() => {
  const [nowMs, nowCpuMs] = [performance.now(), cpuMs()]
  const busy = Math.min(nowMs - lastMs - everyMs, nowCpuMs - lastCpuMs)
  if (busy > workMs) {
    workMs = busy
    write()
  }
  ;[lastMs, lastCpuMs] = [nowMs, nowCpuMs]
}, everyMs).unref()
process.on('SIGUSR2', () => {
  workMs = 0
  begun++
  write()
})
