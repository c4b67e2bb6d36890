import type { RunPart, RunRole } from '../facts/facts.ts'
import type { UsageTable } from './dialect.ts'

/** The usage table of a framework that passes on the counters of any provider. */
export const frameworkUsage: UsageTable = {
  roles: { llm: 'call', embedding: 'call' },
  trust: 20,
  cache: 'inferred',
  reasoning: 'inferred',
  zeroCost: 'unknown',
}

/** The usage table of an engine of durable workflows, whose spans call no model. */
export const noUsage: UsageTable = { ...frameworkUsage, roles: {} }

/** Creates a run part that has a role only; without a run id the span is a run of its own. */
export function runPart(role: RunRole, run: string | null = null): RunPart {
  return { role, run, activity: null, passesOn: false }
}
