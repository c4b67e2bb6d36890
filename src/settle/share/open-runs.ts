import type { Facts } from '../../map/facts/facts.ts'
import { fewCopies, joinRun, lastRuns, noRuns, type RunState, type RunStates, runStateOf } from './durable-runs.ts'

/** A run in a share that is open for change: what each of its spans says, and what follows; null: to be joined again. */
export interface OpenRun {
  readonly statesBySpan: Map<string, RunState>
  state: RunState | null
}

/** Takes in what a span says of its run. Returns the run's id, null if it says nothing. */
export function enterRun(runs: Map<string, OpenRun>, facts: Facts): string | null {
  const state = runStateOf(facts)
  if (state === null) return null
  const run = facts.run!.run ?? `${facts.id} ${facts.trace}`
  const open = runs.get(run)
  if (open === undefined) runs.set(run, { statesBySpan: new Map([[facts.id, state]]), state })
  else {
    open.statesBySpan.set(facts.id, state)
    open.state = open.state && joinRun(open.state, state)
  }
  return run
}

/** Takes out what a span said. */
export function leaveRun(runs: Map<string, OpenRun>, run: string, id: string): void {
  const open = runs.get(run)!
  open.statesBySpan.delete(id)
  open.state = null
  if (open.statesBySpan.size === 0) runs.delete(run)
}

/** The runs as the share gives them. */
export function closeRuns(runs: Map<string, OpenRun>): RunStates {
  if (runs.size === 0) return noRuns
  const closed = new Map<string, RunState>()
  for (const [id, open] of runs) {
    open.state ??= [...open.statesBySpan.values()].reduce(joinRun)
    closed.set(id, fewCopies(open.state))
  }
  return lastRuns(closed)
}
