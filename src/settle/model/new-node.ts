import type { Facts } from '../../map/facts/facts.ts'
import { type Inherited, type Node, noUsageRanks, type ToolCall, type ToolState, type UsageState } from './node.ts'

const nothingInherited: Inherited = {
  workflow: null,
  agent: null,
  callAbove: null,
  usageAbove: null,
  toolAbove: null,
  timedAbove: null,
  activity: null,
  ranksAbove: noUsageRanks,
  hasTokensAbove: false,
  hasUnknownAbove: false,
}

// most nodes have none, and a long trace has many nodes
const noChildren = Object.freeze<Node[]>([]) as Node[]
const noCalls = Object.freeze<ToolCall[]>([]) as ToolCall[]

function newUsageState(): UsageState {
  return {
    ranksBelow: noUsageRanks,
    hasSameCallBelow: false,
    tokensBelow: 0,
    responseId: null,
    trust: 0,
    duplicateOf: null,
    duplicates: null,
    counts: false,
    hasReportBeside: false,
  }
}

const noUsageState: Readonly<UsageState> = Object.freeze(newUsageState())

function newToolState(): ToolState {
  return {
    attemptGroup: null,
    attempt: 1,
    runInAttempt: 0,
    nextAttempt: null,
    ownedCalls: noCalls,
    matchedCall: null,
    outerSpan: null,
    innerSpans: null,
    duplicateOf: null,
    duplicates: null,
    counterpart: null,
    argumentKey: null,
  }
}

const noToolState: Readonly<ToolState> = Object.freeze(newToolState())

/** A node of which nothing but the facts is known. */
export function newNode(facts: Facts): Node {
  return {
    facts,
    parent: null,
    children: noChildren,
    onCycle: false,
    inherited: nothingInherited,
    movesFrom: null,
    usageState: noUsageState,
    toolState: noToolState,
    rows: null,
    contribution: null,
    identity: null,
  }
}

/** Empties everything that follows from the facts of the trace. `rows`, `contribution` and `movesFrom` stay. */
export function resetNode(node: Node): void {
  node.parent = null
  node.children = noChildren
  node.onCycle = false
  node.inherited = nothingInherited
  node.usageState = noUsageState
  node.toolState = noToolState
  node.identity = null
}

/** Returns what decides whether the usage of a node counts, to be changed: nodes of which nothing is known share one. */
export function changedUsage(node: Pick<Node, 'usageState'>): UsageState {
  if (node.usageState === noUsageState) node.usageState = newUsageState()
  return node.usageState
}

/** Returns how a node takes part in tool runs, to be changed: nodes of which nothing is known share one. */
export function changedTools(node: Pick<Node, 'toolState'>): ToolState {
  if (node.toolState === noToolState) node.toolState = newToolState()
  return node.toolState
}
