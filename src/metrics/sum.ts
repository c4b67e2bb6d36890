import { type MetricName, metricNames, metricOf } from './metric-table.ts'
import type { Series, Snapshot } from './registry.ts'

/** Makes one snapshot of those of several processes: sums, or the largest or smallest value, as the table says. */
export function sumSnapshots(snapshots: readonly Snapshot[]): Snapshot {
  const sums: Partial<Record<MetricName, readonly Series[]>> = {}
  for (const name of metricNames) {
    const joined = new Map<string, Series>()
    for (const series of snapshots.flatMap((snapshot) => snapshot[name] ?? [])) {
      const key = series.labels.join('\0')
      const before = joined.get(key)
      joined.set(
        key,
        before === undefined ? series : { ...series, value: joinValues(name, before.value, series.value) },
      )
    }
    if (joined.size > 0) sums[name] = [...joined.values()]
  }
  return sums
}

/** What stays of the snapshot of a process that has ended: what it has counted. A counter that fell would look like a restart. */
export function countedIn(snapshot: Snapshot): Snapshot {
  return Object.fromEntries(
    Object.entries(snapshot).filter(([name]) => metricOf(name as MetricName).type !== 'gauge'),
  ) as Snapshot
}

type Value = Series['value']

function joinValues(name: MetricName, a: Value, b: Value): Value {
  if (typeof a !== 'number' && typeof b !== 'number') return a.map((count, i) => count + b[i]!)
  const { across } = metricOf(name)
  if (across === undefined) return Number(a) + Number(b)
  return across === 'max' ? Math.max(Number(a), Number(b)) : Math.min(Number(a), Number(b))
}
