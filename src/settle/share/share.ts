import { joinRuns, lastRuns, noRuns, type RunStates, replaceRuns } from './durable-runs.ts'

/** Texts and times of a task that come from one of its spans, the one with the smallest key. */
export type ShareField =
  | 'start'
  | 'recordStart'
  | 'query'
  | 'result'
  | 'mode'
  | 'complexity'
  | 'user'
  | 'session'
  | 'tenantId'
  | 'workflowName'
  | 'parentWorkflow'
  | 'service'
  | 'error'
  | DurableField

/**
 * Of a durable workflow: the earliest start of a run, of a part of one, of what has rows, of what asks from outside; the
 * latest end of what stopped it; the latest error of an activity.
 */
export type DurableField = 'begun' | 'inside' | 'event' | 'outside' | 'stop' | 'cause'

/** A value with how good it is: keys compare as text, the smallest wins, no two are equal. `node` is whose it is (span and trace). */
export interface Candidate {
  readonly field: ShareField
  readonly key: string
  readonly value: string
  readonly node: string
}

/** What adds up. Tokens and calls are those of usages that count; money is whole nano-dollars. */
export interface Sums {
  readonly prompt: number
  readonly completion: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly costNano: bigint
  readonly calls: number
  readonly cacheHits: number
  readonly unpriced: number
  /** Calls without a response id whose parent has not arrived: they may be reports of a call that is counted elsewhere. */
  readonly cutOff: number
  /** Tokens that an aggregate claims and no call below it accounts for. */
  readonly unaccounted: number
  readonly tools: number
}

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

/** How the entries of the best kind stand. `open`: how many wait for a parent in their own process. */
export interface EntryState {
  /** 0 workflow, 1 task, 2 agent, 3 the rest. */
  readonly kind: number
  readonly open: number
  readonly endNs: bigint
  /** The latest-starting one, which decides. Its key is small when it started late. */
  readonly last: {
    readonly key: string
    readonly node: string
    readonly outcome: 'ok' | 'error' | 'cancelled'
    readonly error: string | null
  }
}

/** What one trace gives to a workflow; and, folded over its traces, what the workflow is. */
export interface Share {
  readonly nodes: number
  readonly sums: Sums
  readonly best: ReadonlyMap<ShareField, Candidate>
  readonly entry: EntryState | null
  /** Agent → runs; model → tokens; provider → tokens; tool → runs. */
  readonly agents: Counts
  readonly models: Counts
  readonly providers: Counts
  readonly tools: Counts
  readonly runs: RunStates
}

export type Counts = ReadonlyMap<string, number>

export const noShare: Share = {
  nodes: 0,
  sums: noSums,
  best: new Map(),
  entry: null,
  agents: new Map(),
  models: new Map(),
  providers: new Map(),
  tools: new Map(),
  runs: noRuns,
}

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

/** Adds to a count in place; a count of 0 is no entry. */
export function addCount(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by
  if (next === 0) counts.delete(key)
  else counts.set(key, next)
}

/** Folds the shares of all traces of a workflow. */
export function foldShares(shares: Iterable<Share>): Share {
  let whole = noShare
  for (const share of shares) whole = join(whole, share)
  return { ...whole, runs: lastRuns(whole.runs) }
}

/**
 * The workflow after one of its traces gives `after` in place of `before`; null where a value that was the best has
 * left or got worse, so that all shares have to be folded again.
 */
export function replaceShare(whole: Share, before: Share, after: Share): Share | null {
  if (whole.nodes === before.nodes) return after
  if (!keepsBest(whole, before, after) || !keepsEntry(whole.entry, before.entry, after.entry)) return null
  const runs = replaceRuns(whole.runs, before.runs, after.runs)
  if (runs === null) return null
  const rest: Share = {
    nodes: whole.nodes - before.nodes,
    sums: addSums(whole.sums, before.sums, -1),
    best: whole.best,
    entry: withoutOpen(whole.entry, before.entry),
    agents: addCounts(whole.agents, before.agents, -1),
    models: addCounts(whole.models, before.models, -1),
    providers: addCounts(whole.providers, before.providers, -1),
    tools: addCounts(whole.tools, before.tools, -1),
    runs: noRuns,
  }
  return { ...join(rest, after), runs }
}

function join(a: Share, b: Share): Share {
  return {
    nodes: a.nodes + b.nodes,
    sums: addSums(a.sums, b.sums, 1),
    best: joinBest(a.best, b.best),
    entry: joinEntries(a.entry, b.entry),
    agents: addCounts(a.agents, b.agents, 1),
    models: addCounts(a.models, b.models, 1),
    providers: addCounts(a.providers, b.providers, 1),
    tools: addCounts(a.tools, b.tools, 1),
    runs: joinRuns(a.runs, b.runs),
  }
}

function joinBest(a: Share['best'], b: Share['best']): Share['best'] {
  if (a.size === 0) return b
  const best = new Map(a)
  // equal keys are one node's, and `b` is what it says now
  for (const [field, candidate] of b)
    if (candidate.key <= (best.get(field)?.key ?? candidate.key)) best.set(field, candidate)
  return best
}

export function isBetterCandidate(candidate: Candidate, than: Candidate | undefined): boolean {
  return than === undefined || candidate.key < than.key
}

function keepsBest(whole: Share, before: Share, after: Share): boolean {
  for (const [field, { key }] of before.best) {
    if (whole.best.get(field)!.key === key && !((after.best.get(field)?.key ?? '\uffff') <= key)) return false
  }
  return true
}

/** The entries of the whole stay right by joining if the changed trace had no part in them, or none of its parts got worse. */
function keepsEntry(whole: EntryState | null, before: EntryState | null, after: EntryState | null): boolean {
  if (before === null || before.kind !== whole!.kind) return true
  return after !== null && after.kind <= before.kind && after.last.key <= before.last.key && after.endNs >= before.endNs
}

function withoutOpen(whole: EntryState | null, before: EntryState | null): EntryState | null {
  return whole !== null && before?.kind === whole.kind ? { ...whole, open: whole.open - before.open } : whole
}

export function joinEntries(a: EntryState | null, b: EntryState | null): EntryState | null {
  if (a === null || b === null) return a ?? b
  if (a.kind !== b.kind) return a.kind < b.kind ? a : b
  return {
    kind: a.kind,
    open: a.open + b.open,
    endNs: a.endNs > b.endNs ? a.endNs : b.endNs,
    last: a.last.key < b.last.key ? a.last : b.last,
  }
}

function addCounts(a: Counts, b: Counts, sign: 1 | -1): Counts {
  if (b.size === 0) return a
  const sum = new Map(a)
  for (const [key, n] of b) addCount(sum, key, sign * n)
  return sum
}
