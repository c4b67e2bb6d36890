import type { Facts } from '../map/facts/facts.ts'
import { noRowChanges, type RowChanges } from './model/rows.ts'
import { type Node, newNode, type OpenShare, type Trace } from './model/trace.ts'
import type { PriceLookup } from './prices/prices.ts'
import { diffRows } from './rows/diff-rows.ts'
import { rowsOfNode } from './rows/node-rows.ts'
import { noteToolRecords } from './tools/match-tool-records.ts'
import { matchAttempts } from './tools/merge-attempts.ts'
import { noteCalls } from './tools/tool-rows.ts'
import { inherit } from './tree/inherit.ts'
import { linkParents } from './tree/link-parents.ts'
import { type ArrivalOutcome, mergeVersions } from './tree/merge-versions.ts'
import { trackPendingAgents } from './tree/pending-agents.ts'
import { matchDuplicates } from './usage/deduplicate-calls.ts'
import { coverReasonOf, propagateUsageUp } from './usage/nested-usage.ts'
import { closeShares, contribute, type ShareChange, withdrawContribution } from './workflow/contribute.ts'

/** What one batch means for one trace. */
export interface TraceChanges {
  /** One for each arrival, in their order. */
  readonly outcomes: readonly ArrivalOutcome[]
  /** Facts to be remembered: new ones, and better versions of known ids. */
  readonly remembered: readonly Facts[]
  readonly rows: RowChanges
  readonly shares: readonly ShareChange[]
}

/**
 * Takes arrived facts into a trace and says what that changes. The result is a function of all facts that the trace
 * has ever taken, whatever their order and batches (law 2). `trace` is changed; if the changes are not committed, it
 * must be thrown away.
 */
export function settle(trace: Trace, arrivals: readonly Facts[], price: PriceLookup): TraceChanges {
  const admitted = mergeVersions(trace, arrivals)
  const rows = noRowChanges()
  const fresh = [...admitted.fresh]
  const wasRun = trace.isRun
  trace.isRun = hasRecognised(trace, fresh, admitted.replaced)
  let shares: ShareChange[] = []
  if (trace.isRun) shares = derive(trace, wasRun ? fresh : [...trace.nodes.values()], admitted.replaced, price, rows)
  else if (wasRun) shares = withdraw(trace, rows)
  const outcomes = admitted.outcomes.map((outcome) => outcome ?? (trace.isRun ? 'committed' : 'unrelated'))
  return {
    outcomes,
    remembered: [...fresh, ...admitted.replaced].map(({ facts }) => facts),
    rows,
    shares,
  }
}

/** A trace with something recognised in it is somebody's run; a better version of a span may take that back. */
function hasRecognised(trace: Trace, fresh: readonly Node[], replaced: readonly Node[]): boolean {
  if (trace.isRun && replaced.length === 0) return true
  const candidates = trace.isRun ? trace.nodes.values() : [...fresh, ...replaced]
  for (const { facts } of candidates) if (isRecognised(facts)) return true
  return false
}

export function isRecognised(facts: Facts): boolean {
  return facts.kind !== 'plain' || facts.workflowId !== null
}

function derive(
  trace: Trace,
  arrived: readonly Node[],
  replaced: readonly Node[],
  price: PriceLookup,
  changes: RowChanges,
): ShareChange[] {
  if (replaced.length > 0) return deriveAnew(trace, replaced, price, changes)
  const linked = linkParents(trace, arrived)
  if (linked.cycle) return deriveAnew(trace, [], price, changes)
  return pass(trace, arrived, linked.joined, [], price, changes)
}

/**
 * A version that was replaced, or an edge that was cut, may take away what others relied on: what follows from the
 * facts is derived again for all nodes, and only the differences are written.
 */
function deriveAnew(trace: Trace, replaced: readonly Node[], price: PriceLookup, changes: RowChanges): ShareChange[] {
  const nodes = [...trace.nodes.values()]
  clearIndexes(trace)
  for (const node of nodes) {
    const { rows, contribution } = node
    Object.assign(node, newNode(node.facts), { rows, contribution })
  }
  linkParents(trace, nodes)
  return pass(trace, nodes, [], replaced, price, changes)
}

/** Nobody's run after all: all rows go, and what was derived is derived anew should it become one again. */
function withdraw(trace: Trace, changes: RowChanges): ShareChange[] {
  const changed = new Set<OpenShare>()
  for (const node of trace.nodes.values()) {
    diffRows(node.rows, null, false, changes)
    if (node.contribution !== null) withdrawContribution(trace, node, changed)
    Object.assign(node, newNode(node.facts))
  }
  clearIndexes(trace)
  return closeShares(trace, changed)
}

function clearIndexes(trace: Trace): void {
  trace.earliestWithWorkflow = null
  trace.hasDurableRun = false
  const {
    orphans,
    withoutWorkflow,
    callsByResponseId,
    callsByCounters,
    toolCalls,
    toolsByName,
    toolRecords,
    attemptGroups,
  } = trace
  for (const index of [
    orphans,
    withoutWorkflow,
    callsByResponseId,
    callsByCounters,
    toolCalls,
    toolsByName,
    toolRecords,
    attemptGroups,
  ])
    index.clear()
  trace.agentsWithSpan.clear()
  trace.pendingAgents.clear()
}

function pass(
  trace: Trace,
  arrived: readonly Node[],
  joined: readonly Node[],
  replaced: readonly Node[],
  price: PriceLookup,
  changes: RowChanges,
): ShareChange[] {
  const { visited, changedAbove } = inherit(trace, new Set(arrived), joined)
  const dirty = new Set(visited)
  if (chooseFallback(trace, arrived)) for (const node of trace.withoutWorkflow) spread(dirty, node)
  if (becomesDurable(trace, arrived)) for (const node of trace.nodes.values()) dirty.add(node)
  // all totals first: one joined subtree may hang below another
  const joining = joined.map((node) => [node.parent, node.tokensBelow + countedTokens(node)] as const)
  for (const [parent, tokens] of joining) climb(parent, tokens, dirty)
  const learned = propagateUsageUp(new Set([...arrived, ...joined, ...changedAbove]))
  const twins = matchDuplicates(trace, new Set([...arrived, ...learned, ...visited]))
  const attempts = matchAttempts(trace, visited)
  const called = noteCalls(trace, arrived, [...visited, ...attempts])
  const agents = trackPendingAgents(trace, arrived, joined)
  for (const set of [learned, twins, attempts, called, agents, noteToolRecords(trace, arrived)])
    for (const node of set) dirty.add(node)
  for (const node of [...dirty]) recount(node, dirty)
  return write(trace, dirty, new Set(replaced), price, changes)
}

/** With its first part of a durable run all nodes have times to tell. */
function becomesDurable(trace: Trace, arrived: readonly Node[]): boolean {
  if (trace.hasDurableRun) return false
  trace.hasDurableRun = arrived.some(({ facts }) => facts.run !== null)
  return trace.hasDurableRun
}

/** Its entry status depends on its parent's workflow, and so does that of its children. */
function spread(dirty: Set<Node>, node: Node): void {
  dirty.add(node)
  for (const child of node.children) dirty.add(child)
}

/** The own id of the earliest node that has one (ties: the smaller id), else the trace id. */
function chooseFallback(trace: Trace, arrived: readonly Node[]): boolean {
  for (const { facts } of arrived)
    if (facts.workflowId !== null && isEarlier(facts, trace.earliestWithWorkflow)) trace.earliestWithWorkflow = facts
  const fallback = trace.earliestWithWorkflow?.workflowId ?? trace.id
  if (fallback === trace.fallbackWorkflow) return false
  trace.fallbackWorkflow = fallback
  return true
}

function isEarlier(facts: Facts, than: Facts | null): boolean {
  if (than === null || facts.startNs !== than.startNs) return than === null || facts.startNs < than.startNs
  return facts.id < than.id
}

function recount(node: Node, dirty: Set<Node>): void {
  const { usage } = node.facts
  const counts = usage !== null && usage.role !== 'copy' && coverReasonOf(node) === null && node.duplicateOf === null
  if (counts === node.counts) return
  const before = countedTokens(node)
  node.counts = counts
  climb(node.parent, countedTokens(node) - before, dirty)
}

function countedTokens({ counts, facts: { usage } }: Node): number {
  return counts ? usage!.prompt + usage!.completion : 0
}

/** Adds tokens to all ancestors; agents and aggregates among them show the sum. */
function climb(from: Node | null, tokens: number, dirty: Set<Node>): void {
  if (tokens === 0) return
  for (let at = from; at !== null; at = at.parent) {
    at.tokensBelow += tokens
    if (at.facts.usage !== null || at.facts.kind === 'agent' || at.rows?.agent) dirty.add(at)
  }
}

function write(
  trace: Trace,
  dirty: ReadonlySet<Node>,
  replaced: ReadonlySet<Node>,
  price: PriceLookup,
  changes: RowChanges,
): ShareChange[] {
  const changed = new Set<OpenShare>()
  for (const node of dirty) {
    const rows = rowsOfNode(trace, node, price)
    diffRows(node.rows, rows, replaced.has(node), changes)
    node.rows = rows
    contribute(trace, node, rows, changed)
  }
  return closeShares(trace, changed)
}
