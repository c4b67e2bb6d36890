import { boundsOf, type MetricName, metricNames, metricOf } from './metric-table.ts'
import type { Series, Snapshot } from './registry.ts'

/**
 * Writes metrics in the text format of Prometheus. A metric without a value has its HELP and TYPE.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function prometheusText(snapshot: Snapshot): string {
  return `${metricNames.flatMap((name) => linesOf(name, snapshot[name] ?? [])).join('\n')}\n`
}

function linesOf(name: MetricName, series: readonly Series[]): string[] {
  const { help, type } = metricOf(name)
  return [
    `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
    `# TYPE ${name} ${type}`,
    ...series.flatMap((one) => samplesOf(name, one)),
  ]
}

function samplesOf(name: MetricName, { labels: values, value }: Series): string[] {
  const { labels = [] } = metricOf(name)
  const bounds = boundsOf(name) ?? []
  const pairs = labels.map((label, i) => `${label}="${escaped(values[i] ?? '')}"`)
  if (typeof value === 'number') return [`${name}${inBraces(pairs)} ${value}`]
  const [sum = 0, ...counts] = value
  let count = 0
  const buckets = counts.map((more, i) => {
    count += more
    return `${name}_bucket${inBraces([...pairs, `le="${bounds[i] ?? '+Inf'}"`])} ${count}`
  })
  return [...buckets, `${name}_sum${inBraces(pairs)} ${sum}`, `${name}_count${inBraces(pairs)} ${count}`]
}

function inBraces(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
