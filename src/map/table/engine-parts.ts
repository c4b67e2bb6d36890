import type { RunPart, RunRole } from '../facts/facts.ts'
import type { UsageTable } from './dialect.ts'

/** The engines of durable workflows call no model themselves. */
export const noUsage: UsageTable = {
  roles: {},
  trust: 20,
  cache: 'asked',
  reasoning: 'asked',
  zeroCost: 'unknown',
}

/** A part that says no more than its role; where no run is named, the span is all of its own. */
export function part(role: RunRole, run: string | null = null): RunPart {
  return { role, run, activity: null, passesOn: false }
}
