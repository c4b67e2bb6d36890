import type { SmallMap } from '../small/small-map.ts'
import { noRuns, type RunStates } from './durable-runs.ts'
import type { ShareField } from './fields.ts'

/** A value for a field, with a sort key that says how good it is (see `candidateKey`). No two keys are equal. */
export interface Candidate {
  readonly field: ShareField
  readonly key: string
  readonly value: string
  /** The `nodeKey` of the span or record that has the value. */
  readonly node: string
}

/** The sums of a task. Tokens and calls are those of usages that count; money is in whole nano-dollars. */
export interface Sums {
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly costNano: bigint
  readonly calls: number
  readonly cacheHits: number
  readonly unpriced: number
  /** Calls without a response id whose parent has not arrived: each may be a report of a call that is counted elsewhere. */
  readonly cutOff: number
  /** Tokens that an aggregate reports and no call below it accounts for. */
  readonly unaccounted: number
  readonly tools: number
}

/** The sums of nothing. Compared by identity where most nodes add nothing. */
export const noSums: Sums = {
  prompt: 0,
  completion: 0,
  cacheRead: 0,
  cacheWrite: 0,
  costNano: 0n,
  calls: 0,
  cacheHits: 0,
  unpriced: 0,
  cutOff: 0,
  unaccounted: 0,
  tools: 0,
}

/** The state of a task's entries of the best kind (docs/design.md §3.4). */
export interface EntryState {
  /** The `kindRank` of these entries. */
  readonly kind: number
  /** How many of them have not ended, or wait for a parent in their own process. */
  readonly open: number
  /** The latest end. */
  readonly endNs: bigint
  /** The latest-starting entry, which decides the status of the task: the one with the smallest `entryKey`. */
  readonly last: {
    readonly key: string
    /** Its `nodeKey`. */
    readonly node: string
    readonly outcome: 'ok' | 'error' | 'cancelled'
    readonly error: string | null
  }
}

/** What one trace contributes to a workflow. Folded over all its traces, a share is what the workflow is (docs/design.md §3.3). */
export interface Share {
  /** How many nodes have contributed. */
  readonly nodes: number
  readonly sums: Sums
  readonly best: ReadonlyMap<ShareField, Candidate>
  readonly entry: EntryState | null
  /** Runs by agent. */
  readonly agents: Counts
  /** Tokens by model. */
  readonly models: Counts
  /** Tokens by provider. */
  readonly providers: Counts
  /** Runs by tool. */
  readonly tools: Counts
  /** Calls without a known price by model, and their tokens. */
  readonly unpricedCalls: Counts
  readonly unpricedTokens: Counts
  /** Calls of unknown usage by model. */
  readonly uncounted: Counts
  readonly runs: RunStates
}

/** A count for each name. A count of 0 has no entry. */
export type Counts = ReadonlyMap<string, number>

/** The share of a trace that contributes nothing. */
export const noShare: Share = {
  nodes: 0,
  sums: noSums,
  best: new Map(),
  entry: null,
  agents: new Map(),
  models: new Map(),
  providers: new Map(),
  tools: new Map(),
  unpricedCalls: new Map(),
  unpricedTokens: new Map(),
  uncounted: new Map(),
  runs: noRuns,
}

/** Adds `b` to `a`, or with the sign -1 takes it away. */
export function addSums(a: Sums, b: Sums, sign: 1 | -1): Sums {
  return {
    prompt: a.prompt + sign * b.prompt,
    completion: a.completion + sign * b.completion,
    cacheRead: a.cacheRead + sign * b.cacheRead,
    cacheWrite: a.cacheWrite + sign * b.cacheWrite,
    costNano: sign === 1 ? a.costNano + b.costNano : a.costNano - b.costNano,
    calls: a.calls + sign * b.calls,
    cacheHits: a.cacheHits + sign * b.cacheHits,
    unpriced: a.unpriced + sign * b.unpriced,
    cutOff: a.cutOff + sign * b.cutOff,
    unaccounted: a.unaccounted + sign * b.unaccounted,
    tools: a.tools + sign * b.tools,
  }
}

/** Adds to one count in place, and deletes its entry where it becomes 0. */
export function addCount(counts: SmallMap<string, number> | Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by
  if (next === 0) counts.delete(key)
  else counts.set(key, next)
}

/** Adds the counts of `b` to those of `a`, or with the sign -1 takes them away. */
export function addCounts(a: Counts, b: Counts, sign: 1 | -1): Counts {
  if (b.size === 0) return a
  const sum = new Map(a)
  for (const [key, n] of b) addCount(sum, key, sign * n)
  return sum
}
