import v8 from 'node:v8'

/**
 * How much the heap grows between two collections of all garbage, in percent. V8 lets it grow by up to 300, which is several
 * hundred megabytes under overload; below 200 the receiver takes more CPU for each span, a third more with 30
 * (docs/performance.md).
 */
const growth = { usual: 200, overload: 30 }

/** Servers on which requests wait until they are decoded. */
let overloaded = 0

/** Limits the garbage of this process. Called once, when it begins to serve. */
export function limitGarbage(): void {
  grow(growth.usual)
}

/** Says that requests for a server begin to wait, or that none waits any more: memory goes before CPU while they do. */
export function collectOften(isWaiting: boolean): void {
  overloaded += isWaiting ? 1 : -1
  if (overloaded <= 1) grow(overloaded > 0 ? growth.overload : growth.usual)
}

function grow(percent: number): void {
  v8.setFlagsFromString(`--heap-growing-percent=${percent}`)
}
