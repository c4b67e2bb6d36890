import type { SpanTree } from './span-tree.ts'

/** A stretch of a run in which no call, tool or other innermost span ran, in microseconds. */
export interface Gap {
  readonly from: number
  readonly to: number
}

const bins = 4096
/** A gap is folded from this part of the run on, if it is a second at least; folded it takes `foldedShare` of the width. */
const gapShare = 0.06
const leastGapUs = 1_000_000
const foldedShare = 0.02

/** Finds the gaps that are long enough to be folded. Spans with others in them only wait for those. */
export function gapsOf(tree: SpanTree): Gap[] {
  const width = tree.totalUs / bins
  const changes = new Int32Array(bins + 2)
  for (let i = 0; i < tree.count; i++) {
    if (tree.size[i]! > 0) continue
    const first = Math.min(bins - 1, Math.floor(tree.start[i]! / width))
    const last = Math.min(bins - 1, Math.floor(tree.end[i]! / width))
    changes[first]!++
    changes[Math.max(first, last) + 1]!--
  }
  // where a span with others in it begins or ends, something happened
  for (let i = 0; i < tree.count; i++) {
    if (tree.size[i] === 0) continue
    for (const at of [tree.start[i]!, tree.end[i]!]) {
      const bin = Math.min(bins - 1, Math.floor(at / width))
      changes[bin]!++
      changes[bin + 1]!--
    }
  }
  const gaps: Gap[] = []
  let [active, from] = [0, -1]
  for (let bin = 0; bin <= bins; bin++) {
    active += changes[bin]!
    const isIdle = bin < bins && active === 0
    if (isIdle && from < 0) from = bin
    if (isIdle || from < 0) continue
    const gap = { from: from * width, to: bin * width }
    if (gap.to - gap.from >= Math.max(leastGapUs, gapShare * tree.totalUs)) gaps.push(gap)
    from = -1
  }
  return gaps
}

/** Turns times of a run into places from 0 to 1, with the gaps folded, and back. */
export class TimeScale {
  readonly gaps: readonly Gap[]
  readonly #times: Float64Array
  readonly #places: Float64Array

  constructor(totalUs: number, gaps: readonly Gap[]) {
    this.gaps = gaps
    const idle = gaps.reduce((sum, { from, to }) => sum + to - from, 0)
    const active = Math.max(1, totalUs - idle)
    const unit = (1 - foldedShare * gaps.length) / active
    const times = [0]
    const places = [0]
    for (const { from, to } of gaps) {
      const place = places.at(-1)! + (from - times.at(-1)!) * unit
      times.push(from, to)
      places.push(place, place + foldedShare)
    }
    times.push(totalUs)
    places.push(1)
    this.#times = Float64Array.from(times)
    this.#places = Float64Array.from(places)
  }

  place(us: number): number {
    return between(this.#times, this.#places, us)
  }

  time(place: number): number {
    return between(this.#places, this.#times, place)
  }
}

/** Linear between the points at which both are known. */
function between(from: Float64Array, to: Float64Array, value: number): number {
  let right = 1
  while (right < from.length - 1 && value > from[right]!) right++
  const left = right - 1
  const width = from[right]! - from[left]!
  const part = width === 0 ? 0 : (value - from[left]!) / width
  return to[left]! + Math.min(1, Math.max(0, part)) * (to[right]! - to[left]!)
}
