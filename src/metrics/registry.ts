import { boundsOf, type MetricName, metricNames, metricOf } from './metric-table.ts'

/** A value with its labels. A histogram has the sum, then the count of each bucket, the last without a bound. */
export interface Series {
  readonly labels: readonly string[]
  readonly value: number | readonly number[]
}

/** The values of all metrics of one process, as they are sent between processes. */
export type Snapshot = Readonly<Partial<Record<MetricName, readonly Series[]>>>

/** A counter, with its labels. */
export interface Counter {
  add(count: number): void
}

/** A histogram, with its labels. */
export interface Histogram {
  record(value: number): void
}

/** Returns the values of a gauge, or of a counter that is counted elsewhere: a number where it has no labels. */
export type Observation = () => number | readonly Series[] | Promise<number | readonly Series[]>

/** The metrics of this process. */
export interface Metrics {
  /** The same object for the same labels: a caller on a hot path keeps it. */
  counter(name: MetricName, ...labels: readonly string[]): Counter
  histogram(name: MetricName, ...labels: readonly string[]): Histogram
  /** Has the values read when metrics are asked for. A second call for a name replaces the first one. */
  observe(name: MetricName, observation: Observation): void
  snapshot(): Promise<Snapshot>
}

/** The most combinations of labels of one metric. Further ones are counted together, under `other`. */
const mostSeries = 200

interface Cell extends Counter, Histogram {
  readonly labels: readonly string[]
  value(): number | readonly number[]
}

/** Metrics without a value so far. A counter without labels begins with 0, so that its rate is known from the start. */
export function openMetrics(): Metrics {
  const cells = new Map<MetricName, Map<string, Cell>>()
  const observations = new Map<MetricName, Observation>()
  const cellOf = (name: MetricName, labels: readonly string[]): Cell => {
    const all = cells.get(name) ?? new Map<string, Cell>()
    if (all.size === 0) cells.set(name, all)
    const known = all.get(keyOf(labels))
    if (known !== undefined) return known
    const kept = all.size < mostSeries ? labels : labels.map(() => 'other')
    const key = keyOf(kept)
    const cell = all.get(key) ?? newCell(name, kept)
    all.set(key, cell)
    return cell
  }
  for (const name of metricNames) {
    const { type, labels = [] } = metricOf(name)
    if (type !== 'gauge' && labels.length === 0) cellOf(name, [])
  }
  return {
    counter: (name, ...labels) => cellOf(name, labels),
    histogram: (name, ...labels) => cellOf(name, labels),
    observe: (name, observation) => void observations.set(name, observation),
    snapshot: async () => {
      const snapshot: Partial<Record<MetricName, readonly Series[]>> = {}
      for (const [name, all] of cells)
        snapshot[name] = Array.from(all.values(), ({ labels, value }) => ({ labels, value: value() }))
      for (const [name, observation] of observations) {
        const seen = await observation()
        snapshot[name] = typeof seen === 'number' ? [{ labels: [], value: seen }] : seen
      }
      return snapshot
    },
  }
}

/** A loop is a third of the time of `join`, which is most of what it takes to count. */
function keyOf(labels: readonly string[]): string {
  let key = ''
  for (const label of labels) key += `${label}\0`
  return key
}

function newCell(name: MetricName, labels: readonly string[]): Cell {
  const bounds = boundsOf(name)
  let sum = 0
  if (bounds === undefined) {
    const add = (count: number) => {
      sum += count
    }
    return { labels, add, record: add, value: () => sum }
  }
  const counts = Array.from({ length: bounds.length + 1 }, () => 0)
  const record = (value: number) => {
    let bucket = 0
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++
    counts[bucket]! += 1
    sum += value
  }
  return { labels, add: record, record, value: () => [sum, ...counts] }
}
