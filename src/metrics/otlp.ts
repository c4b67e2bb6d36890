import type { HrTime } from '@opentelemetry/api'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { boundsOf, type MetricName, metricOf } from './metric-table.ts'
import type { Series, Snapshot } from './registry.ts'

/** The times of what is pushed, in milliseconds since 1970, and the version of the program. */
export interface PushedAt {
  readonly startMs: number
  readonly nowMs: number
  readonly version: string
}

/** The values of the SDK's enumerations, whose package isn't loaded for them. */
const cumulative = 1
const dataPointType = { histogram: 0, gauge: 2, counter: 3 }
const doubles = 1

/** Makes of a snapshot what the SDK's exporters send. Counters count from the start of the process. */
export function resourceMetrics(snapshot: Snapshot, at: PushedAt): ResourceMetrics {
  const metrics = Object.entries(snapshot).map(([name, series]) => metricData(name as MetricName, series, at))
  const attributes = { 'service.name': 'spanledger', 'service.version': at.version }
  return {
    resource: { attributes } as unknown as ResourceMetrics['resource'],
    scopeMetrics: [{ scope: { name: 'spanledger', version: at.version }, metrics }],
  }
}

function metricData(name: MetricName, series: readonly Series[], { startMs, nowMs }: PushedAt): MetricData {
  const { type, help, labels = [] } = metricOf(name)
  const bounds = boundsOf(name)
  const dataPoints = series.map(({ labels: values, value }) => ({
    startTime: hrTime(startMs),
    endTime: hrTime(nowMs),
    attributes: Object.fromEntries(labels.map((label, i) => [label, values[i] ?? ''])),
    value: typeof value === 'number' ? value : histogram(value, bounds ?? []),
  }))
  return {
    descriptor: { name, description: help, unit: unitOf(name), valueType: doubles },
    aggregationTemporality: cumulative,
    dataPointType: dataPointType[type],
    isMonotonic: type === 'counter',
    dataPoints,
  } as unknown as MetricData
}

function histogram([sum = 0, ...counts]: readonly number[], boundaries: readonly number[]) {
  return { sum, count: counts.reduce((all, more) => all + more, 0), buckets: { boundaries, counts } }
}

/** The unit, as UCUM has it, of which a name says only the word. */
function unitOf(name: MetricName): string {
  if (/_seconds(_total)?$/.test(name)) return 's'
  return /_bytes(_total)?$/.test(name) ? 'By' : '1'
}

function hrTime(milliseconds: number): HrTime {
  return [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1e6]
}
