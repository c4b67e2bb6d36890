import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from './registry.ts'

/** Observes what this process uses, until it is disposed of. `version` is that of the program. */
export function observeProcess(metrics: Metrics, version: string): Disposable {
  const startedSeconds = Math.round(Date.now() / 1000 - process.uptime())
  // the histogram measures for each interval of this many milliseconds, and counts the interval itself
  const resolution = 100
  const delay = monitorEventLoopDelay({ resolution })
  delay.enable()
  metrics.observe('spanledger_build_info', () => [{ labels: [version, process.versions.node], value: 1 }])
  metrics.observe('spanledger_processes', () => 1)
  metrics.observe('process_cpu_seconds_total', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  metrics.observe('process_resident_memory_bytes', () => process.memoryUsage.rss())
  metrics.observe('process_start_time_seconds', () => startedSeconds)
  metrics.observe('nodejs_heap_used_bytes', () => process.memoryUsage().heapUsed)
  metrics.observe('nodejs_eventloop_delay_seconds', () => {
    const longestNs = delay.max
    delay.reset()
    return Math.max(0, longestNs / 1e9 - resolution / 1000)
  })
  return { [Symbol.dispose]: () => void delay.disable() }
}
