import type { Facts } from '../map/facts/facts.ts'
import { isRepetition } from './call-ids/repetition.ts'
import { applySharedCalls, changedCalls, recollectCallIds, repeatedCalls } from './call-ids/shared-calls.ts'
import { trustedIdsIn } from './call-ids/trusted-id.ts'
import { hasRecognised, isRecognised } from './is-run.ts'
import { resetNode } from './model/new-node.ts'
import type { Node } from './model/node.ts'
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
  return writeDerived(derive(trace, arrivals), price)
}

/** What a batch means in one trace, before its rows are written: other traces may have rows of the same calls. */
export interface DerivedTrace {
  readonly trace: Trace
  readonly outcomes: readonly (ArrivalOutcome | null)[]
  readonly remembered: readonly Facts[]
  /** The nodes whose rows may differ. */
  readonly dirty: Set<Node>
  /** The nodes whose facts were replaced by a better version. */
  readonly replaced: ReadonlySet<Node>
  /** true: the trace was a run, and is none any more. */
  readonly isWithdrawn: boolean
  /** The nodes that were taken out of the trace; their rows and contributions are still to be withdrawn. */
  readonly forgotten?: readonly Node[]
}

/** Takes arrived facts into a trace, as the first half of `settle`. */
export function derive(trace: Trace, arrivals: readonly Facts[]): DerivedTrace {
  for (const facts of arrivals) for (const id of trustedIdsIn(facts, trace.callIds)) trace.callIds.add(id)
  const { outcomes, fresh, replaced } = mergeVersions(trace, arrivals)
  const wasRun = trace.isRun
  trace.isRun = hasRecognised(trace, [...fresh, ...replaced], replaced.length > 0)
  const dirty = new Set<Node>()
  if (trace.isRun) {
    const arrived = wasRun ? [...fresh] : [...trace.nodes.values()]
    deriveNodes({ trace, arrived, joined: [], replaced, dirty })
    applySharedCalls([{ trace, dirty }], changedCalls(new Map([[trace.id, trace]]), repeatedCalls(trace, dirty)).calls)
  }
  return {
    trace,
    outcomes,
    remembered: [...fresh, ...replaced].map(({ facts }) => facts),
    dirty,
    replaced: new Set(replaced),
    isWithdrawn: wasRun && !trace.isRun,
  }
}

/** Takes nodes out of a trace, which is then what it would be if their facts had never arrived. */
export function deriveWithout(trace: Trace, ids: ReadonlySet<string>): DerivedTrace {
  const forgotten = [...trace.nodes.values()].filter(({ facts }) => ids.has(facts.id))
  for (const { facts } of forgotten) trace.nodes.delete(facts.id)
  recollectCallIds(trace)
  const wasRun = trace.isRun
  trace.isRun = [...trace.nodes.values()].some(({ facts }) => isRecognised(facts))
  const dirty = new Set<Node>()
  if (trace.isRun) {
    deriveAnew({ trace, arrived: [], joined: [], replaced: [], dirty })
    applySharedCalls([{ trace, dirty }], changedCalls(new Map([[trace.id, trace]]), repeatedCalls(trace, dirty)).calls)
  }
  const isWithdrawn = wasRun && !trace.isRun
  return { trace, outcomes: [], remembered: [], dirty, replaced: new Set(), isWithdrawn, forgotten }
}

/** Writes the rows and shares of a derived trace, as the second half of `settle`. */
export function writeDerived(derived: DerivedTrace, price: PriceLookup): TraceChanges {
  const { trace, outcomes, remembered } = derived
  const rows = noRowChanges()
  return {
    outcomes: outcomes.map((outcome) => outcome ?? (trace.isRun ? 'committed' : 'unrelated')),
    remembered,
    rows,
    shares: sharesOf(derived, price, rows),
  }
}

function sharesOf(
  { trace, dirty, replaced, isWithdrawn, forgotten = [] }: DerivedTrace,
  price: PriceLookup,
  rows: RowChanges,
): ShareChange[] {
  const changed = new Set<OpenShare>()
  withdrawNodes(trace, forgotten, rows, changed)
  if (isWithdrawn) withdraw(trace, rows, changed)
  else {
    const wasRepetition = trace.isRepetition
    trace.isRepetition = isRepetition(trace)
    const written = wasRepetition ? new Set(trace.nodes.values()) : dirty
    if (!trace.isRepetition) write(trace, written, { replaced, price, rows, changed })
    else if (!wasRepetition) withdrawNodes(trace, trace.nodes.values(), rows, changed)
  }
  return closeShares(trace, changed)
}

/** What a derivation starts from, and the nodes that it collects. */
interface Derivation {
  readonly trace: Trace
  /** The nodes from which nothing has been derived yet. */
  readonly arrived: readonly Node[]
  /** The older nodes whose parent is among `arrived`. */
  readonly joined: readonly Node[]
  /** The nodes whose facts were replaced by a better version. */
  readonly replaced: readonly Node[]
  /** Collects the nodes whose rows may differ. */
  readonly dirty: Set<Node>
}

function deriveNodes(derivation: Derivation): void {
  const { trace, arrived, replaced } = derivation
  const linked = replaced.length > 0 ? null : linkParents(trace, arrived)
  if (linked === null || linked.cycle) deriveAnew(derivation)
  else deriveFrom({ ...derivation, joined: linked.joined })
}

/**
 * Derives everything again from the facts of all nodes, and writes only the differences. A version that was replaced
 * and an edge that was cut may take away what other nodes were derived from.
 */
function deriveAnew(derivation: Derivation): void {
  const { trace } = derivation
  const arrived = [...trace.nodes.values()]
  clearIndexes(trace)
  for (const node of arrived) resetNode(node)
  linkParents(trace, arrived)
  deriveFrom({ ...derivation, arrived, joined: [] })
}

/** Withdraws all rows and shares of a trace that is no run any more. If it becomes one again, all is derived anew. */
function withdraw(trace: Trace, changes: RowChanges, changed: Set<OpenShare>): void {
  withdrawNodes(trace, trace.nodes.values(), changes, changed)
  for (const node of trace.nodes.values()) resetNode(node)
  clearIndexes(trace)
  trace.isRepetition = false
}

function withdrawNodes(trace: Trace, nodes: Iterable<Node>, changes: RowChanges, changed: Set<OpenShare>): void {
  for (const node of nodes) {
    withdrawRows(node, changes)
    withdrawContribution(trace, node, changed)
  }
}

/**
 * The steps of a derivation. Each adds to `dirty` the nodes whose rows may differ now, and builds on the steps before:
 * duplicates on nested usage, rows on all of them.
 */
function deriveFrom({ trace, arrived, joined, dirty }: Derivation): void {
  const { visited, changedAbove } = inherit(trace, new Set(arrived), joined)
  for (const node of visited) dirty.add(node)
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
  recountUsage(dirty, dirty)
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
  /** Collects the shares that differ now. */
  readonly changed: Set<OpenShare>
}

function write(trace: Trace, dirty: ReadonlySet<Node>, writing: Writing): void {
  const { replaced, price, rows: changes, changed } = writing
  for (const node of dirty) {
    const rows = updateRows(trace, node, { price, isReplaced: replaced.has(node), changes })
    contribute(trace, node, rows, changed)
  }
  orderEvents(trace, changes.events)
}
