import type { Facts } from '../map/facts/facts.ts'
import { noRowChanges, type RowChanges } from './model/rows.ts'
import { type Node, newNode, type OpenShare, type Trace } from './model/trace.ts'
import { diffRows } from './rows/diff-rows.ts'
import { rowsOf } from './rows/node-rows.ts'
import { noteToolRecords } from './tools/match-tool-records.ts'
import { matchAttempts } from './tools/merge-attempts.ts'
import { noteCalls } from './tools/tool-rows.ts'
import { descend } from './tree/inherit.ts'
import { link } from './tree/link-parents.ts'
import { admit, type Outcome } from './tree/merge-versions.ts'
import { noteAgents } from './tree/pending-agents.ts'
import { matchTwins } from './usage/deduplicate-calls.ts'
import { coverOf, spreadUp } from './usage/nested-usage.ts'
import type { Price } from './usage/usage-row.ts'
import { closeShares, give, type ShareChange, takeBack } from './workflow/contribute.ts'

/** What one batch means for one trace. */
export interface TraceChanges {
  /** One for each arrival, in their order. */
  readonly outcomes: readonly Outcome[]
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
export function settle(trace: Trace, arrivals: readonly Facts[], price: Price): TraceChanges {
  const admitted = admit(trace, arrivals)
  const rows = noRowChanges()
  const fresh = [...admitted.fresh]
  const wasRun = trace.run
  trace.run = isRun(trace, fresh, admitted.replaced)
  let shares: ShareChange[] = []
  if (trace.run) shares = derive(trace, wasRun ? fresh : [...trace.nodes.values()], admitted.replaced, price, rows)
  else if (wasRun) shares = withdraw(trace, rows)
  const outcomes = admitted.outcomes.map((outcome) => outcome ?? (trace.run ? 'committed' : 'unrelated'))
  return {
    outcomes,
    remembered: [...fresh, ...admitted.replaced].map(({ facts }) => facts),
    rows,
    shares,
  }
}

/** A trace with something recognised in it is somebody's run; a better version of a span may take that back. */
function isRun(trace: Trace, fresh: readonly Node[], replaced: readonly Node[]): boolean {
  if (trace.run && replaced.length === 0) return true
  const candidates = trace.run ? trace.nodes.values() : [...fresh, ...replaced]
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
  price: Price,
  changes: RowChanges,
): ShareChange[] {
  if (replaced.length > 0) return deriveAnew(trace, replaced, price, changes)
  const linked = link(trace, arrived)
  if (linked.cycle) return deriveAnew(trace, [], price, changes)
  return pass(trace, arrived, linked.joined, [], price, changes)
}

/**
 * A version that was replaced, or an edge that was cut, may take away what others relied on: what follows from the
 * facts is derived again for all nodes, and only the differences are written.
 */
function deriveAnew(trace: Trace, replaced: readonly Node[], price: Price, changes: RowChanges): ShareChange[] {
  const nodes = [...trace.nodes.values()]
  clearIndexes(trace)
  for (const node of nodes) Object.assign(node, { ...newNode(node.facts), rows: node.rows, given: node.given })
  link(trace, nodes)
  return pass(trace, nodes, [], replaced, price, changes)
}

/** Nobody's run after all: all rows go, and what was derived is derived anew should it become one again. */
function withdraw(trace: Trace, changes: RowChanges): ShareChange[] {
  const changed = new Set<OpenShare>()
  for (const node of trace.nodes.values()) {
    diffRows(node.rows, null, false, changes)
    if (node.given !== null) takeBack(trace, node, changed)
    Object.assign(node, newNode(node.facts))
  }
  clearIndexes(trace)
  return closeShares(trace, changed)
}

function clearIndexes(trace: Trace): void {
  trace.first = null
  trace.durable = false
  const { waiting, unnamed, byResponse, byCounters, calls, toolNames, toolRecords, attempts } = trace
  for (const index of [waiting, unnamed, byResponse, byCounters, calls, toolNames, toolRecords, attempts]) index.clear()
  trace.agentNames.clear()
  trace.absentAgents.clear()
}

function pass(
  trace: Trace,
  arrived: readonly Node[],
  joined: readonly Node[],
  replaced: readonly Node[],
  price: Price,
  changes: RowChanges,
): ShareChange[] {
  const { seen, rehung } = descend(trace, new Set(arrived), joined)
  const dirty = new Set(seen)
  if (chooseFallback(trace, arrived)) for (const node of trace.unnamed) spread(dirty, node)
  if (becomesDurable(trace, arrived)) for (const node of trace.nodes.values()) dirty.add(node)
  // all totals first: one joined subtree may hang below another
  const joining = joined.map((node) => [node.parent, node.tokensBelow + countedTokens(node)] as const)
  for (const [parent, tokens] of joining) climb(parent, tokens, dirty)
  const learned = spreadUp(new Set([...arrived, ...joined, ...rehung]))
  const twins = matchTwins(trace, new Set([...arrived, ...learned, ...seen]))
  const attempts = matchAttempts(trace, seen)
  const called = noteCalls(trace, arrived, [...seen, ...attempts])
  const agents = noteAgents(trace, arrived, joined)
  for (const set of [learned, twins, attempts, called, agents, noteToolRecords(trace, arrived)])
    for (const node of set) dirty.add(node)
  for (const node of [...dirty]) recount(node, dirty)
  return write(trace, dirty, new Set(replaced), price, changes)
}

/** With its first part of a durable run all nodes have times to tell. */
function becomesDurable(trace: Trace, arrived: readonly Node[]): boolean {
  if (trace.durable) return false
  trace.durable = arrived.some(({ facts }) => facts.run !== null)
  return trace.durable
}

/** Its entry status depends on its parent's workflow, and so does that of its children. */
function spread(dirty: Set<Node>, node: Node): void {
  dirty.add(node)
  for (const child of node.children) dirty.add(child)
}

/** The own id of the earliest node that has one (ties: the smaller id), else the trace id. */
function chooseFallback(trace: Trace, arrived: readonly Node[]): boolean {
  for (const { facts } of arrived) if (facts.workflowId !== null && isEarlier(facts, trace.first)) trace.first = facts
  const fallback = trace.first?.workflowId ?? trace.id
  if (fallback === trace.fallback) return false
  trace.fallback = fallback
  return true
}

function isEarlier(facts: Facts, than: Facts | null): boolean {
  if (than === null || facts.startNs !== than.startNs) return than === null || facts.startNs < than.startNs
  return facts.id < than.id
}

function recount(node: Node, dirty: Set<Node>): void {
  const { usage } = node.facts
  const counts = usage !== null && usage.role !== 'copy' && coverOf(node) === null && node.twinOf === null
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
  price: Price,
  changes: RowChanges,
): ShareChange[] {
  const changed = new Set<OpenShare>()
  for (const node of dirty) {
    const rows = rowsOf(trace, node, price)
    diffRows(node.rows, rows, replaced.has(node), changes)
    node.rows = rows
    give(trace, node, rows, changed)
  }
  return closeShares(trace, changed)
}
