import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import v8 from 'node:v8'
import vm from 'node:vm'

/**
 * How much the heap grows between two collections of all garbage, in percent. V8 lets it grow by up to 300, which is several
 * hundred megabytes under overload; with much less the receiver takes more CPU for each span, a third more with 30
 * (docs/performance.md).
 */
const growth = { usual: 110, overload: 30 }

/** The most bytes that the heap grows between two collections, if that is not less than under overload: a long trace may be in it. */
const mostGrownBytes = 160 * 1024 * 1024

/**
 * So many bytes the heap grows at least, as long as that is not more than usual: where texts are long, a heap of few objects
 * would be collected for every few spans.
 */
const leastGrownBytes = 48 * 1024 * 1024

/**
 * So many bytes of bodies are read at most until young garbage is collected, which takes some milliseconds. What sockets have
 * read is outside of the heap, so it may be that nothing else collects it before there are some hundred megabytes.
 */
const mostReadBytes = 16 * 1024 * 1024

/** Overload lasts until it has been calm for so long: the heap may grow by what was set when it was collected last. */
const calmMs = 10_000

/** Servers on which requests wait until they are decoded, and large requests that are being stored. */
let overloaded = 0
let readBytes = 0
/** The heap that the last collection has left. */
let liveBytes = 0
let isCalm = true
let calming: NodeJS.Timeout | undefined
let collectYoung = () => {}

/**
 * Limits the garbage of this process. Called once, when it begins to serve.
 *
 * Pretenuring is turned off: where most objects have survived, as those of settled traces do under full load, V8 allocates the
 * next ones in the old generation. Once dead they are collected only with all garbage, as is all that they refer to, and that
 * took 20 ms of one in 16 requests at half load (docs/performance.md).
 */
export function limitGarbage(): void {
  v8.setFlagsFromString('--no-allocation-site-pretenuring')
  limitGrowth()
  new PerformanceObserver((list) => {
    readBytes = 0
    if (!list.getEntries().some(isOfAllGarbage)) return
    liveBytes = v8.getHeapStatistics().used_heap_size
    limitGrowth()
  }).observe({ entryTypes: ['gc'] })
  v8.setFlagsFromString('--expose-gc')
  const collect: (options: { type: 'minor' }) => void = vm.runInNewContext('gc')
  v8.setFlagsFromString('--no-expose-gc')
  collectYoung = () => collect({ type: 'minor' })
}

/**
 * Says that requests for a server begin to wait or that a large one is begun, or the end of that: memory goes before CPU
 * meanwhile.
 */
export function collectOften(isOverload: boolean): void {
  overloaded += isOverload ? 1 : -1
  clearTimeout(calming)
  if (overloaded > 0) setCalm(false)
  else calming = setTimeout(() => setCalm(true), calmMs).unref()
}

function setCalm(is: boolean): void {
  isCalm = is
  limitGrowth()
}

/** Counts bytes of bodies that are read. */
export function countRead(bytes: number): void {
  readBytes += bytes
  if (readBytes < mostReadBytes) return
  readBytes = 0
  collectYoung()
}

function isOfAllGarbage(entry: PerformanceEntry): boolean {
  return 'detail' in entry && (entry.detail as { kind?: number }).kind === constants.NODE_PERFORMANCE_GC_MAJOR
}

function limitGrowth(): void {
  v8.setFlagsFromString(`--heap-growing-percent=${growthOf(liveBytes, isCalm)}`)
}

/** Returns by how much a heap may grow until all garbage is collected again, in percent. */
export function growthOf(live: number, calm: boolean): number {
  const bounded = Math.floor(((calm ? mostGrownBytes : leastGrownBytes) * 100) / Math.max(live, 1))
  return Math.min(growth.usual, Math.max(growth.overload, bounded))
}
