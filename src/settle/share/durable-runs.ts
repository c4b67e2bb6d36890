import type { Facts, RunPart } from '../../map/facts/facts.ts'
import { runEndKey } from './sort-keys.ts'
import { compareNs, laterOf } from './times.ts'

/** A span that ends a run of a durable workflow. */
export interface RunEnd {
  /**
   * A `runEndKey`; the smallest decides. A continuation goes before a success and that before a failure, because
   * Python's interceptor reports the failure of an update as that of its workflow, which goes on.
   */
  readonly key: string
  readonly endNs: bigint
  readonly outcome: Facts['outcome'] | 'continued'
  readonly error: string | null
  /** The error is that of an activity or of a child workflow, whose own span says why. */
  readonly passesOn: boolean
}

/**
 * What is known of one run of a durable workflow. Two states of a run join to one whatever their order, so neither the
 * order of the spans nor the traces in which they lie matter.
 */
export interface RunState {
  /** The start of the latest-starting part of the run. The last run of a workflow is the one in which this is latest. */
  readonly lastNs: bigint
  /** The latest end of a part: the run was not over before. A cancelled part counts with its start, since it may end after the run. */
  readonly insideNs: bigint
  /** The ends of the copies of the run, in order. One of them may be the run's end, so none is kept that is before `insideNs`. */
  readonly copies: readonly bigint[]
  readonly end: RunEnd | null
}

/** The states of a workflow's runs, by run id. */
export type RunStates = ReadonlyMap<string, RunState>

/** The runs of a workflow that is not durable. */
export const noRuns: RunStates = new Map()

/** How many runs of a workflow are kept, the last ones. A workflow that continues as new for years has many. */
const mostRuns = 16
/** How many copies of a run are kept. Each query of a closed workflow replays it, which makes one more copy. */
const mostCopies = 32

/** What one span says about its run; null if it says nothing. */
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

function endOf(facts: Facts, { role, passesOn }: RunPart): RunEnd {
  const outcome = role === 'continued' ? role : facts.outcome
  const rank = outcome === 'continued' ? 0 : outcome === 'ok' ? 1 : 2
  return { key: runEndKey(rank, facts), endNs: facts.endNs, outcome, error: facts.error, passesOn }
}

/** Joins two states of one run: of each value the later, the smaller or all of them. */
export function joinRun(a: RunState, b: RunState): RunState {
  const insideNs = laterOf(a.insideNs, b.insideNs)
  return {
    lastNs: laterOf(a.lastNs, b.lastNs),
    insideNs,
    copies: joinCopies(a.copies, b.copies).filter((copy) => copy >= insideNs),
    end: a.end === null || (b.end !== null && b.end.key < a.end.key) ? b.end : a.end,
  }
}

function joinCopies(a: readonly bigint[], b: readonly bigint[]): readonly bigint[] {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  return [...new Set([...a, ...b])].sort(compareNs)
}

/** Joins the runs that several spans or traces report. */
export function joinRuns(a: RunStates, b: RunStates): RunStates {
  if (a.size === 0 || b.size === 0) return a.size === 0 ? b : a
  const runs = new Map(a)
  for (const [id, state] of b) {
    const other = runs.get(id)
    runs.set(id, other === undefined ? state : joinRun(other, state))
  }
  return runs
}

/** Only the runs that started last. */
export function lastRuns(runs: RunStates): RunStates {
  if (runs.size <= mostRuns) return runs
  return new Map([...runs].sort(compareLastFirst).slice(0, mostRuns))
}

/** The run that started last; null where there is none. */
export function lastRun(runs: RunStates): RunState | null {
  let best: [string, RunState] | null = null
  for (const run of runs) if (best === null || compareLastFirst(run, best) < 0) best = run
  return best?.[1] ?? null
}

/** Of two runs that started at one moment, the one with the smaller id counts as the last. */
function compareLastFirst([idA, a]: [string, RunState], [idB, b]: [string, RunState]): number {
  return compareNs(b.lastNs, a.lastNs) || (idA < idB ? -1 : 1)
}

/** Keeps few of many copies: the earliest, one of which is the end of the run, and the last, which shows that the run has ended. */
export function fewCopies(run: RunState): RunState {
  const { copies } = run
  return copies.length <= mostCopies ? run : { ...run, copies: [...copies.slice(0, mostCopies - 1), copies.at(-1)!] }
}

/**
 * The runs of a workflow after one of its traces reports `after` in place of `before`. null where the runs of all traces
 * must be joined again: the trace has taken something back, or `whole` may have left out one of the runs in `after`.
 */
export function replaceRuns(whole: RunStates, before: RunStates, after: RunStates): RunStates | null {
  if (before.size === 0 && after.size === 0) return whole
  for (const [id, state] of before) {
    const now = after.get(id)
    if (now === undefined || !isSameRun(now, joinRun(state, now))) return null
  }
  if (whole.size >= mostRuns && [...after.keys()].some((id) => !whole.has(id))) return null
  return lastRuns(joinRuns(whole, after))
}

function isSameRun(a: RunState, b: RunState): boolean {
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
