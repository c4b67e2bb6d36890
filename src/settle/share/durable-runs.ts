import type { Facts, RunPart } from '../../map/facts/facts.ts'

/** A span that ends a run. */
export interface RunEnd {
  /**
   * The smallest decides: that another run follows, then success, then a failure; each the earliest. Python's interceptor
   * tells the failure of an update as that of its workflow, which goes on.
   */
  readonly key: string
  readonly endNs: bigint
  readonly outcome: Facts['outcome'] | 'continued'
  readonly error: string | null
  /** The error is that of an activity or child, which says why. */
  readonly passesOn: boolean
}

/**
 * What is known of one run of a durable workflow. Two of these join to one (the later, the latest, the smaller, all of
 * them), so that neither the order of its spans nor their traces matter.
 */
export interface RunState {
  /** Of its latest-starting part: the last run of a workflow is the one that starts latest. */
  readonly lastNs: bigint
  /** The latest end of a part; the run was not over before. Of a cancelled one its start: it may end later than the run. */
  readonly insideNs: bigint
  /** When copies of the run ended that may be its end, in order: none that ended before a part did. */
  readonly copies: readonly bigint[]
  readonly end: RunEnd | null
}

export type RunStates = ReadonlyMap<string, RunState>

export const noRuns: RunStates = new Map()

/** A workflow that continues as new for years has many; all but the last few are history. */
const mostRuns = 16
/** A closed workflow that is queried is replayed, which makes one copy more each time. */
const mostCopies = 32

/** What one span says of its run; null if it says nothing. */
export function runStateOf(facts: Facts): RunState | null {
  const { run, startNs, endNs, outcome } = facts
  if (run === null || run.role === 'outside' || run.role === 'stop') return null
  return {
    lastNs: startNs,
    insideNs: run.role !== 'inside' ? 0n : outcome === 'cancelled' ? startNs : endNs,
    copies: run.role === 'copy' ? [endNs] : [],
    end: run.role === 'end' || run.role === 'continued' ? endOf(facts, run) : null,
  }
}

function endOf({ endNs, outcome, error, id, trace }: Facts, { role, passesOn }: RunPart): RunEnd {
  const how = role === 'continued' ? role : outcome
  const rank = how === 'continued' ? 0 : how === 'ok' ? 1 : 2
  return { key: `${rank} ${endNs.toString().padStart(20, '0')} ${id} ${trace}`, endNs, outcome: how, error, passesOn }
}

export function joinRun(a: RunState, b: RunState): RunState {
  const insideNs = later(a.insideNs, b.insideNs)
  return {
    lastNs: later(a.lastNs, b.lastNs),
    insideNs,
    copies: joinCopies(a.copies, b.copies).filter((copy) => copy >= insideNs),
    end: a.end === null || (b.end !== null && b.end.key < a.end.key) ? b.end : a.end,
  }
}

function joinCopies(a: readonly bigint[], b: readonly bigint[]): readonly bigint[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  return [...new Set([...a, ...b])].sort(compare)
}

/** The runs of several traces, or spans. */
export function joinRuns(a: RunStates, b: RunStates): RunStates {
  if (a.size === 0 || b.size === 0) return a.size === 0 ? b : a
  const runs = new Map(a)
  for (const [id, state] of b) {
    const other = runs.get(id)
    runs.set(id, other === undefined ? state : joinRun(other, state))
  }
  return runs
}

/** The runs that started last. */
export function lastRuns(runs: RunStates): RunStates {
  if (runs.size <= mostRuns) return runs
  return new Map([...runs].sort(byLast).slice(0, mostRuns))
}

/** The last run, with its id. */
export function lastRun(runs: RunStates): RunState | null {
  let best: [string, RunState] | null = null
  for (const run of runs) if (best === null || byLast(run, best) < 0) best = run
  return best?.[1] ?? null
}

function byLast([idA, a]: [string, RunState], [idB, b]: [string, RunState]): number {
  return compare(b.lastNs, a.lastNs) || (idA < idB ? -1 : 1)
}

/** Of many copies the earliest, one of which is the end, and the last, which tells that there is one. */
export function fewCopies(run: RunState): RunState {
  const { copies } = run
  return copies.length <= mostCopies ? run : { ...run, copies: [...copies.slice(0, mostCopies - 1), copies.at(-1)!] }
}

/**
 * The runs of a workflow after one of its traces says `after` in place of `before`; null where that can't be told
 * without the other traces: what a trace said is gone, or a run may have been left out as history.
 */
export function replaceRuns(whole: RunStates, before: RunStates, after: RunStates): RunStates | null {
  if (before.size === 0 && after.size === 0) return whole
  for (const [id, state] of before) {
    const now = after.get(id)
    if (now === undefined || !sameRun(now, joinRun(state, now))) return null
  }
  if (whole.size >= mostRuns && [...after.keys()].some((id) => !whole.has(id))) return null
  return lastRuns(joinRuns(whole, after))
}

function sameRun(a: RunState, b: RunState): boolean {
  return (
    a.lastNs === b.lastNs &&
    a.insideNs === b.insideNs &&
    a.end?.key === b.end?.key &&
    a.end?.error === b.end?.error &&
    a.end?.passesOn === b.end?.passesOn &&
    a.copies.length === b.copies.length &&
    a.copies.every((copy, i) => copy === b.copies[i])
  )
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
