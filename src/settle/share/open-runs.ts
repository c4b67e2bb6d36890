import type { Facts } from '../../map/facts/facts.ts'
import type { SmallMap } from '../small/small-map.ts'
import { fewCopies, joinRun, lastRuns, noRuns, type RunState, type RunStates, runStateOf } from './durable-runs.ts'
import { nodeKey } from './sort-keys.ts'

/** A durable run in a share that is open for change. */
export interface OpenRun {
  /** By node id: what the node says about the run. */
  readonly statesBySpan: Map<string, RunState>
  /** The joined states; null after one was taken out, until they are joined again. */
  state: RunState | null
}

/**
 * Adds what a span says about its run. Returns the run's id, or null if the span says nothing. A part that names no run
 * is a run by itself.
 */
export function addToRun(runs: SmallMap<string, OpenRun>, facts: Facts): string | null {
  const state = runStateOf(facts)
  if (state === null) return null
  const run = facts.run!.run ?? nodeKey(facts.id, facts.trace)
  const open = runs.get(run)
  if (open === undefined) runs.set(run, { statesBySpan: new Map([[facts.id, state]]), state })
  else {
    open.statesBySpan.set(facts.id, state)
    open.state = open.state && joinRun(open.state, state)
  }
  return run
}

/** Takes out what the span `id` said about a run. */
export function removeFromRun(runs: SmallMap<string, OpenRun>, run: string, id: string): void {
  const open = runs.get(run)!
  open.statesBySpan.delete(id)
  open.state = null
  if (open.statesBySpan.size === 0) runs.delete(run)
}

/** The runs as the share contributes them. */
export function closeRuns(runs: SmallMap<string, OpenRun>): RunStates {
  if (runs.size === 0) return noRuns
  const closed = new Map<string, RunState>()
  for (const [id, open] of runs) {
    open.state ??= [...open.statesBySpan.values()].reduce(joinRun)
    closed.set(id, fewCopies(open.state))
  }
  return lastRuns(closed)
}
