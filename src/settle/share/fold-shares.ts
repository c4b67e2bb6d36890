import { joinRuns, lastRuns, noRuns, replaceRuns } from './durable-runs.ts'
import { addCounts, addSums, type Candidate, type EntryState, noShare, type Share } from './share.ts'
import { laterOf } from './times.ts'

/** Folds the shares of all traces of a workflow into one. */
export function foldShares(shares: Iterable<Share>): Share {
  let whole = noShare
  for (const share of shares) whole = join(whole, share)
  return { ...whole, runs: lastRuns(whole.runs) }
}

/**
 * The share of a workflow after one of its traces contributes `after` in place of `before`. null where a value that was
 * the best has left or got worse: then the shares of all traces must be folded again.
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
    unpricedCalls: addCounts(whole.unpricedCalls, before.unpricedCalls, -1),
    unpricedTokens: addCounts(whole.unpricedTokens, before.unpricedTokens, -1),
    uncounted: addCounts(whole.uncounted, before.uncounted, -1),
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
    unpricedCalls: addCounts(a.unpricedCalls, b.unpricedCalls, 1),
    unpricedTokens: addCounts(a.unpricedTokens, b.unpricedTokens, 1),
    uncounted: addCounts(a.uncounted, b.uncounted, 1),
    runs: joinRuns(a.runs, b.runs),
  }
}

function joinBest(a: Share['best'], b: Share['best']): Share['best'] {
  if (a.size === 0) return b
  const best = new Map(a)
  for (const [field, candidate] of b) {
    const other = best.get(field)
    // equal keys belong to one node, and `b` has the node's present value
    if (other === undefined || candidate.key <= other.key) best.set(field, candidate)
  }
  return best
}

/** Whether a candidate is better than another, which may be absent. */
export function isBetterCandidate(candidate: Candidate, than: Candidate | undefined): boolean {
  return than === undefined || candidate.key < than.key
}

/** Whether each best value of the whole that the changed trace had is replaced by one that is at least as good. */
function keepsBest(whole: Share, before: Share, after: Share): boolean {
  for (const [field, { key }] of before.best) {
    if (whole.best.get(field)!.key !== key) continue
    const now = after.best.get(field)
    if (now === undefined || now.key > key) return false
  }
  return true
}

/** Whether the entries of the whole can be joined with `after`: the changed trace had no part in them, or no part got worse. */
function keepsEntry(whole: EntryState | null, before: EntryState | null, after: EntryState | null): boolean {
  if (before === null || before.kind !== whole!.kind) return true
  return after !== null && after.kind <= before.kind && after.last.key <= before.last.key && after.endNs >= before.endNs
}

function withoutOpen(whole: EntryState | null, before: EntryState | null): EntryState | null {
  return whole !== null && before?.kind === whole.kind ? { ...whole, open: whole.open - before.open } : whole
}

/** Joins two states: that of the better kind wins, and of one kind they add up. */
export function joinEntries(a: EntryState | null, b: EntryState | null): EntryState | null {
  if (a === null || b === null) return a ?? b
  if (a.kind !== b.kind) return a.kind < b.kind ? a : b
  return {
    kind: a.kind,
    open: a.open + b.open,
    endNs: laterOf(a.endNs, b.endNs),
    last: a.last.key < b.last.key ? a.last : b.last,
  }
}
