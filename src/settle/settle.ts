import type { Facts } from '../map/facts/facts.ts'
import { type Node, resetNode } from './model/node.ts'
import type { OpenShare } from './model/open-share.ts'
import { noRowChanges, type RowChanges } from './model/rows.ts'
import { clearIndexes, type Trace } from './model/trace.ts'
import type { PriceLookup } from './prices/prices.ts'
import { orderEvents } from './rows/order-events.ts'
import { updateRows, withdrawRows } from './rows/update-rows.ts'
import { matchToolSpans } from './tools/deduplicate-spans.ts'
import { addOuterSpans, trackInnerSpans } from './tools/inner-span.ts'
import { trackToolRecords } from './tools/match-tool-records.ts'
import { mergeAttempts } from './tools/merge-attempts.ts'
import { trackToolCalls } from './tools/track-tool-calls.ts'
import { chooseFallbackWorkflow } from './tree/fallback-workflow.ts'
import { inherit } from './tree/inherit.ts'
import { linkParents } from './tree/link-parents.ts'
import { type ArrivalOutcome, mergeVersions } from './tree/merge-versions.ts'
import { trackPendingAgents } from './tree/pending-agents.ts'
import { trackRunCopies } from './tree/run-copies.ts'
import { addTokensOfJoined, recountUsage } from './usage/count-usage.ts'
import { matchDuplicates } from './usage/deduplicate-calls.ts'
import { callIdentityOf, propagateUsageUp } from './usage/nested-usage.ts'
import { matchSecondaryReports, secondaryKeys } from './usage/secondary-reports.ts'
import { trackUnknownCalls } from './usage/uncounted-calls.ts'
import { closeShares, contribute, type ShareChange, withdrawContribution } from './workflow/contribute.ts'

/** What one batch changes in one trace. */
export interface TraceChanges {
  /** One outcome for each arrival, in the order of the arrivals. */
  readonly outcomes: readonly ArrivalOutcome[]
  /** The facts that the ledger must remember: new ones, and better versions of known ids. */
  readonly remembered: readonly Facts[]
  readonly rows: RowChanges
  readonly shares: readonly ShareChange[]
}

/**
 * Takes arrived facts into a trace and returns what that changes. The result is a function of all facts that the trace
 * has ever taken in, whatever their order and batches (law 2). `settle` changes `trace`; if the changes are not
 * committed, the trace must be thrown away.
 */
export function settle(trace: Trace, arrivals: readonly Facts[], price: PriceLookup): TraceChanges {
  const merged = mergeVersions(trace, arrivals)
  const rows = noRowChanges()
  const fresh = [...merged.fresh]
  const wasRun = trace.isRun
  trace.isRun = hasRecognised(trace, [...fresh, ...merged.replaced], merged.replaced.length > 0)
  let shares: ShareChange[] = []
  if (trace.isRun) {
    const arrived = wasRun ? fresh : [...trace.nodes.values()]
    shares = derive({ trace, arrived, joined: [], replaced: merged.replaced, price, rows })
  } else if (wasRun) shares = withdraw(trace, rows)
  return {
    outcomes: merged.outcomes.map((outcome) => outcome ?? (trace.isRun ? 'committed' : 'unrelated')),
    remembered: [...fresh, ...merged.replaced].map(({ facts }) => facts),
    rows,
    shares,
  }
}

/**
 * Whether something in the trace is recognised, which makes it a run (docs/design.md §3.2). A better version of a span
 * may be the only recognised one, or may have replaced it, so after a replacement all nodes are looked at.
 */
function hasRecognised(trace: Trace, changed: readonly Node[], isReplaced: boolean): boolean {
  if (trace.isRun && !isReplaced) return true
  const candidates = trace.isRun ? trace.nodes.values() : changed
  for (const { facts } of candidates) if (isRecognised(facts)) return true
  return false
}

/** Whether a span or record is part of agent work: by its kind, or because it names a workflow. */
export function isRecognised(facts: Facts): boolean {
  return facts.kind !== 'plain' || facts.workflowId !== null
}

/** What a derivation starts from, and where it collects the changes of rows. */
interface Derivation {
  readonly trace: Trace
  /** The nodes from which nothing has been derived yet. */
  readonly arrived: readonly Node[]
  /** The older nodes whose parent is among `arrived`. */
  readonly joined: readonly Node[]
  /** The nodes whose facts were replaced by a better version. */
  readonly replaced: readonly Node[]
  readonly price: PriceLookup
  readonly rows: RowChanges
}

function derive(derivation: Derivation): ShareChange[] {
  const { trace, arrived, replaced } = derivation
  if (replaced.length > 0) return deriveAnew(derivation)
  const { joined, cycle } = linkParents(trace, arrived)
  return cycle ? deriveAnew(derivation) : deriveFrom({ ...derivation, joined })
}

/**
 * Derives everything again from the facts of all nodes, and writes only the differences. A version that was replaced
 * and an edge that was cut may take away what other nodes were derived from.
 */
function deriveAnew(derivation: Derivation): ShareChange[] {
  const { trace } = derivation
  const arrived = [...trace.nodes.values()]
  clearIndexes(trace)
  for (const node of arrived) resetNode(node)
  linkParents(trace, arrived)
  return deriveFrom({ ...derivation, arrived, joined: [] })
}

/** Withdraws all rows and shares of a trace that is no run any more. If it becomes one again, all is derived anew. */
function withdraw(trace: Trace, changes: RowChanges): ShareChange[] {
  const changed = new Set<OpenShare>()
  for (const node of trace.nodes.values()) {
    withdrawRows(node, changes)
    withdrawContribution(trace, node, changed)
    resetNode(node)
  }
  clearIndexes(trace)
  return closeShares(trace, changed)
}

/**
 * The steps of a derivation. Each adds to `dirty` the nodes whose rows may differ now, and builds on the steps before:
 * duplicates on nested usage, rows on all of them.
 */
function deriveFrom({ trace, arrived, joined, replaced, price, rows }: Derivation): ShareChange[] {
  const { visited, changedAbove } = inherit(trace, new Set(arrived), joined)
  const dirty = new Set(visited)
  if (chooseFallbackWorkflow(trace, arrived)) for (const node of trace.withoutWorkflow) addWithChildren(dirty, node)
  if (becomesDurable(trace, arrived)) for (const node of trace.nodes.values()) dirty.add(node)
  addTokensOfJoined(joined, dirty)
  const nested = propagateUsageUp(new Set([...arrived, ...joined, ...changedAbove]))
  const touched = new Set([...arrived, ...nested, ...visited])
  const keysBefore = secondaryKeys(trace, touched)
  const duplicates = matchDuplicates(trace, touched, callIdentityOf)
  const secondary = matchSecondaryReports(trace, new Set([...keysBefore, ...secondaryKeys(trace, touched)]))
  const attempts = mergeAttempts(trace, visited)
  const outerSpans = trackInnerSpans(visited)
  const toolSpans = matchToolSpans(trace, visited)
  const toolRuns = trackToolCalls(trace, arrived, [...visited, ...attempts, ...toolSpans])
  const agents = trackPendingAgents(trace, arrived, joined)
  const toolRecords = trackToolRecords(trace, arrived)
  const copies = trackRunCopies(trace, arrived)
  const unknown = trackUnknownCalls(trace, arrived)
  const tools = [attempts, outerSpans, toolSpans, toolRuns, toolRecords]
  for (const changed of [nested, duplicates, secondary, ...tools, agents, copies, unknown])
    for (const node of changed) dirty.add(node)
  for (const node of [...dirty]) addBetterReports(node, dirty)
  for (const node of [...dirty]) recountUsage(node, dirty)
  return write(trace, dirty, { replaced: new Set(replaced), price, rows })
}

/** Notes the first span of a durable run. true: the trace had none, so every node has times to contribute now. */
function becomesDurable(trace: Trace, arrived: readonly Node[]): boolean {
  if (trace.hasDurableRun) return false
  trace.hasDurableRun = arrived.some(({ facts }) => facts.run !== null)
  return trace.hasDurableRun
}

/** Adds the reports whose rows show what a node reports of the same tool run or model call. */
function addBetterReports(node: Node, dirty: Set<Node>): void {
  addOuterSpans(node, dirty)
  const { duplicateOf } = node.usageState
  if (duplicateOf !== null) dirty.add(duplicateOf)
}

/** Adds a node whose workflow changed, and its children: whether a node is an entry depends on its parent's workflow. */
function addWithChildren(dirty: Set<Node>, node: Node): void {
  dirty.add(node)
  for (const child of node.children) dirty.add(child)
}

interface Writing {
  readonly replaced: ReadonlySet<Node>
  readonly price: PriceLookup
  readonly rows: RowChanges
}

function write(trace: Trace, dirty: ReadonlySet<Node>, { replaced, price, rows: changes }: Writing): ShareChange[] {
  const changed = new Set<OpenShare>()
  for (const node of dirty) {
    const rows = updateRows(trace, node, { price, isReplaced: replaced.has(node), changes })
    contribute(trace, node, rows, changed)
  }
  orderEvents(trace, changes.events)
  return closeShares(trace, changed)
}
