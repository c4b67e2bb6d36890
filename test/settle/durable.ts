import type { Facts } from '../../src/map/facts/facts.ts'
import type { Judged } from './oracle.ts'

/**
 * The rules for durable workflows (docs/design.md §3.6), the slow and obvious way: over all spans of a workflow at once,
 * whatever their traces.
 */
export interface Stands {
  readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED'
  readonly startedNs: bigint
  readonly completedNs: bigint | null
}

const statusOf = { ok: 'COMPLETED', error: 'FAILED', cancelled: 'CANCELLED' } as const

/** All of a workflow, from all its traces; null: no engine of durable workflows made any of it. */
export function standsAs(all: readonly Judged[]): Stands | null {
  const set = all.map(({ facts }) => facts)
  if (set.every(({ run, workflowId }) => run === null || (run.role === 'outside' && workflowId === null))) return null
  const startedNs = startOf(set, all)
  const end = endOf(set)
  if (end === null) return { status: 'RUNNING', startedNs, completedNs: null }
  return { status: end.status, startedNs, completedNs: latest([startedNs, end.ns]) }
}

/** The run's own start, or an earlier one of its parts or of what has events in the same traces; else the first span's. */
function startOf(set: readonly Facts[], all: readonly Judged[]): bigint {
  const itself = set.filter(({ run }) => run !== null && ['open', 'copy', 'end', 'continued'].includes(run.role))
  const spans = set.filter(({ source }) => source === 'span')
  if (itself.length === 0) return earliest((spans.length > 0 ? spans : set).map(({ startNs }) => startNs))
  const inside = set.filter(({ run }) => run?.role === 'inside')
  const told = all.filter(({ facts, durable }) => durable && facts.run === null && facts.events.length > 0)
  return earliest([...itself, ...inside, ...told.map(({ facts }) => facts)].map(({ startNs }) => startNs))
}

function endOf(set: readonly Facts[]): { status: Stands['status']; ns: bigint } | null {
  const parts = set.filter(({ run }) => run !== null && run.role !== 'outside' && run.role !== 'stop')
  const stops = set.filter(({ run }) => run?.role === 'stop')
  const lastNs = parts.length === 0 ? null : latest(parts.map(({ startNs }) => startNs))
  const stopNs = stops.length === 0 ? null : latest(stops.map(({ endNs }) => endNs))
  // it was stopped, unless another run started since
  if (stopNs !== null && (lastNs === null || stopNs >= lastNs)) return { status: 'CANCELLED', ns: stopNs }
  if (lastNs === null) return null
  const [last] = parts
    .filter(({ startNs }) => startNs === lastNs)
    .map(runOf)
    .sort()
  return endOfRun(parts.filter((part) => runOf(part) === last))
}

/** A part that names no run is one by itself. */
function runOf({ run, id, trace }: Facts): string {
  return run!.run ?? `${id} ${trace}`
}

/** A continuation, else the earliest success, else the earliest failure, else the first copy that outlives all parts. */
function endOfRun(parts: readonly Facts[]): { status: Stands['status']; ns: bigint } | null {
  if (parts.some(({ run }) => run!.role === 'continued')) return null
  const ends = inOrder(parts.filter(({ run }) => run!.role === 'end'))
  const end = ends.find(({ outcome }) => outcome === 'ok') ?? ends[0]
  if (end !== undefined) return { status: statusOf[end.outcome], ns: end.endNs }
  const inside = parts
    .filter(({ run }) => run!.role === 'inside')
    .map(({ outcome, startNs, endNs }) => (outcome === 'cancelled' ? startNs : endNs))
  const copies = parts.filter(({ run, endNs }) => run!.role === 'copy' && inside.every((ns) => ns <= endNs))
  return copies.length === 0 ? null : { status: 'COMPLETED', ns: earliest(copies.map(({ endNs }) => endNs)) }
}

function inOrder(ends: readonly Facts[]): Facts[] {
  const key = ({ endNs, id, trace }: Facts) => `${endNs.toString().padStart(20, '0')} ${id} ${trace}`
  return [...ends].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

function latest(times: readonly bigint[]): bigint {
  return times.reduce((a, b) => (a > b ? a : b))
}

function earliest(times: readonly bigint[]): bigint {
  return times.reduce((a, b) => (a < b ? a : b))
}

/**
 * Which tool spans of a trace have a row: of each activity's attempts, the last that got as far as the first, second, …
 * run of that tool; outside of activities all but inner sides.
 */
export function toolRuns(all: readonly Judged[]): Set<Facts> {
  const tools = all.filter(({ facts, inner }) => facts.source === 'span' && facts.tool !== null && !inner)
  const groups = new Map<string, Map<Facts, Facts[]>>()
  const rows = new Set<Facts>()
  for (const { facts, activity } of tools) {
    if (activity === null) {
      rows.add(facts)
      continue
    }
    const key = `${activity.run!.activity} ${facts.tool!.name}`
    const attempts = groups.get(key) ?? new Map<Facts, Facts[]>()
    groups.set(key, attempts.set(activity, [...(attempts.get(activity) ?? []), facts]))
  }
  for (const attempts of groups.values()) {
    const latestFirst = [...attempts].sort(([a], [b]) => byStart(b, a)).map(([, runs]) => runs.sort(byStart))
    const most = Math.max(...latestFirst.map(({ length }) => length))
    for (let k = 0; k < most; k++) rows.add(latestFirst.find((runs) => runs.length > k)![k]!)
  }
  return rows
}

function byStart(a: Facts, b: Facts): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  return a.id < b.id ? -1 : 1
}
