import v8 from 'node:v8'
import vm from 'node:vm'

/**
 * How much the heap grows between two collections of all garbage, in percent. V8 lets it grow by up to 300, which is several
 * hundred megabytes under overload; below 200 the receiver takes more CPU for each span, a third more with 30
 * (docs/performance.md).
 */
const growth = { usual: 200, overload: 30 }

/**
 * So many bytes of bodies are read between two collections of young garbage, which take some milliseconds each. What sockets
 * have read is outside of the heap, so that nothing else would collect it before there are some hundred megabytes.
 */
const mostReadBytes = 16 * 1024 * 1024

/** Overload lasts until it has been calm for so long: the heap may grow by what was set when it was collected last. */
const calmMs = 10_000

/** Servers on which requests wait until they are decoded, and large requests that are being stored. */
let overloaded = 0
let readBytes = 0
let calming: NodeJS.Timeout | undefined
let collectYoung = () => {}

/** Limits the garbage of this process. Called once, when it begins to serve. */
export function limitGarbage(): void {
  grow(growth.usual)
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
  if (overloaded > 0) grow(growth.overload)
  else calming = setTimeout(() => grow(growth.usual), calmMs).unref()
}

/** Counts bytes of bodies that are read. */
export function countRead(bytes: number): void {
  readBytes += bytes
  if (readBytes < mostReadBytes) return
  readBytes = 0
  collectYoung()
}

function grow(percent: number): void {
  v8.setFlagsFromString(`--heap-growing-percent=${percent}`)
}
