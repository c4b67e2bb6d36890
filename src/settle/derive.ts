import type { Facts } from '../map/facts/facts.ts'
import { applySharedCalls, changedCalls, recollectCallIds, repeatedCalls } from './call-ids/shared-calls.ts'
import { trustedIdsIn } from './call-ids/trusted-id.ts'
import { hasRecognised, isRecognised } from './is-run.ts'
import { changedUsage, resetNode } from './model/new-node.ts'
import type { Node } from './model/node.ts'
import { clearIndexes, type Trace } from './model/trace.ts'
import { matchToolSpans } from './tools/deduplicate-spans.ts'
import { addOuterSpans, trackInnerSpans } from './tools/inner-span.ts'
import { trackToolRecords } from './tools/match-tool-records.ts'
import { mergeAttempts } from './tools/merge-attempts.ts'
import { trackToolCalls } from './tools/track-tool-calls.ts'
import { chooseFallbackWorkflow } from './tree/fallback-workflow.ts'
import { inherit } from './tree/inherit.ts'
import { addWithChildren, delayLargeMove, endMoves } from './tree/large-moves.ts'
import { isLaterState } from './tree/later-state.ts'
import { linkParents } from './tree/link-parents.ts'
import { type ArrivalOutcome, mergeVersions } from './tree/merge-versions.ts'
import { trackPendingAgents } from './tree/pending-agents.ts'
import { trackRunCopies } from './tree/run-copies.ts'
import { addTokensOfJoined, recountUsage } from './usage/count-usage.ts'
import { matchDuplicates } from './usage/deduplicate-calls.ts'
import { callIdentityOf, propagateUsageUp } from './usage/nested-usage.ts'
import { matchSecondaryReports, secondaryKeys } from './usage/secondary-reports.ts'
import { trackUnknownCalls } from './usage/uncounted-calls.ts'

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
  /** The nodes whose rows stay in another workflow until a later transaction moves them, in the order of time. */
  readonly delayed: readonly Node[]
  /** The nodes that were taken out of the trace; their rows and contributions are still to be withdrawn. */
  readonly forgotten?: readonly Node[]
}

/**
 * Takes arrived facts into a trace, as the first half of `settle`. Where that moves more than `mostMovedRows` rows to another
 * workflow, they stay where they are, to be moved in parts.
 */
export function derive(trace: Trace, arrivals: readonly Facts[], mostMovedRows: number = Infinity): DerivedTrace {
  for (const facts of arrivals) for (const id of trustedIdsIn(facts, trace.callIds)) trace.callIds.add(id)
  const { outcomes, fresh, replaced: versions } = mergeVersions(trace, arrivals)
  const replaced = [...versions.keys()]
  const changed = replaced.length === 0 ? fresh : [...fresh, ...replaced]
  const wasRun = trace.isRun
  trace.isRun = hasRecognised(trace, changed, replaced.length > 0)
  const dirty = new Set<Node>()
  let delayed: readonly Node[] = []
  if (trace.isRun) {
    const arrived = wasRun ? fresh : [...trace.nodes.values()]
    const isLater = [...versions].every(([node, before]) => wasRun && isLaterState(trace, node, before))
    const derivation = { trace, arrived, joined: [], replaced, dirty, mostMovedRows }
    delayed = isLater ? deriveLater(derivation) : deriveAnew(derivation)
    applyRepeatedCalls(trace, dirty)
  }
  return {
    trace,
    outcomes,
    remembered: changed.map(({ facts }) => facts),
    dirty,
    replaced: new Set(replaced),
    isWithdrawn: wasRun && !trace.isRun,
    delayed,
  }
}

/** Decides about the calls that the trace has several times. Most traces have none. */
function applyRepeatedCalls(trace: Trace, dirty: Set<Node>): void {
  const repeated = repeatedCalls(trace, dirty)
  if (repeated.length === 0) return
  applySharedCalls([{ trace, dirty }], changedCalls(new Map([[trace.id, trace]]), repeated).calls)
}

/** Lets nodes belong to the workflow that they say, after a large move has left them in another one. */
export function deriveMoved(trace: Trace, ids: readonly string[]): DerivedTrace {
  const derived = derive(trace, [])
  endMoves(
    trace,
    ids.flatMap((id) => trace.nodes.get(id) ?? []),
    derived.dirty,
  )
  return derived
}

/** Takes nodes out of a trace, which is then what it would be if their facts had never arrived. */
export function deriveWithout(trace: Trace, ids: ReadonlySet<string>): DerivedTrace {
  const forgotten = [...trace.nodes.values()].filter(({ facts }) => ids.has(facts.id))
  for (const node of forgotten) {
    trace.nodes.delete(node.facts.id)
    trace.moving.delete(node)
  }
  recollectCallIds(trace)
  const wasRun = trace.isRun
  trace.isRun = [...trace.nodes.values()].some(({ facts }) => isRecognised(facts))
  const dirty = new Set<Node>()
  if (trace.isRun) {
    deriveAnew({ trace, arrived: [], joined: [], replaced: [], dirty, mostMovedRows: Infinity })
    applyRepeatedCalls(trace, dirty)
  }
  const isWithdrawn = wasRun && !trace.isRun
  return { trace, outcomes: [], remembered: [], dirty, replaced: new Set(), isWithdrawn, delayed: [], forgotten }
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
  /** The most rows that move to another workflow at once. */
  readonly mostMovedRows: number
}

/**
 * Derives what follows from arrived nodes, and from versions of known nodes that only add to the ones before. Returns the
 * nodes whose rows stay in another workflow until a later transaction moves them.
 */
function deriveLater(derivation: Derivation): readonly Node[] {
  const { trace, arrived, replaced } = derivation
  const { joined, cycle } = linkParents(trace, arrived)
  if (cycle) return deriveAnew(derivation)
  return deriveFrom({ ...derivation, arrived: [...arrived, ...replaced], joined })
}

/**
 * Derives everything again from the facts of all nodes, and writes only the differences. A version that was replaced
 * and an edge that was cut may take away what other nodes were derived from.
 */
function deriveAnew(derivation: Derivation): readonly Node[] {
  const { trace } = derivation
  const arrived = [...trace.nodes.values()]
  clearIndexes(trace)
  for (const node of arrived) resetNode(node)
  linkParents(trace, arrived)
  return deriveFrom({ ...derivation, arrived, joined: [] })
}

/**
 * The steps of a derivation. Each adds to `dirty` the nodes whose rows may differ now, and builds on the steps before:
 * duplicates on nested usage, rows on all of them. Returns the nodes whose rows stay in another workflow until a later transaction moves them.
 */
function deriveFrom({ trace, arrived, joined, dirty, mostMovedRows }: Derivation): readonly Node[] {
  const { visited, moved, changedAbove } = inherit(trace, new Set(arrived), joined)
  for (const node of visited) dirty.add(node)
  if (chooseFallbackWorkflow(trace, arrived)) for (const node of trace.withoutWorkflow) moved.add(node)
  const delayed = delayLargeMove(trace, [moved, visited], mostMovedRows)
  if (delayed.length === 0) for (const node of moved) addWithChildren(dirty, node)
  if (becomesDurable(trace, arrived)) for (const node of trace.nodes.values()) dirty.add(node)
  addTokensOfJoined(joined, dirty)
  const nested = propagateUsageUp(new Set([...arrived, ...joined, ...changedAbove]))
  const touched = new Set([...arrived, ...nested, ...visited])
  const keysBefore = secondaryKeys(trace, touched)
  // its state is written as that of a call of another trace is
  for (const node of touched) if (node.facts.usage?.role === 'call') changedUsage(node)
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
  return delayed
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
