import type { Facts } from '../../map/facts/facts.ts'
import { type Inherited, type Node, noUsageRanks, type ToolState, type UsageState } from './node.ts'

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

/** A node of which nothing but the facts is known. */
export function newNode(facts: Facts): Node {
  return {
    facts,
    parent: null,
    children: [],
    onCycle: false,
    inherited: nothingInherited,
    movesFrom: null,
    usageState: newUsageState(),
    toolState: newToolState(),
    rows: null,
    contribution: null,
    identity: null,
  }
}

/** Empties everything that follows from the facts of the trace. `rows`, `contribution` and `movesFrom` stay. */
export function resetNode(node: Node): void {
  node.parent = null
  node.children = []
  node.onCycle = false
  node.inherited = nothingInherited
  node.usageState = newUsageState()
  node.toolState = newToolState()
  node.identity = null
}

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

function newToolState(): ToolState {
  return {
    attemptGroup: null,
    attempt: 1,
    runInAttempt: 0,
    nextAttempt: null,
    ownedCalls: [],
    matchedCall: null,
    outerSpan: null,
    innerSpans: null,
    duplicateOf: null,
    duplicates: null,
    counterpart: null,
    argumentKey: null,
  }
}
