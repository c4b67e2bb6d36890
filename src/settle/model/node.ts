import type { Facts, UsageClass } from '../../map/facts/facts.ts'
import type { NodeContribution } from '../share/contribution.ts'
import type { RowIdentity } from './ids.ts'
import type { NodeRows } from './rows.ts'

/** The index of each usage class in `UsageRanks`. */
export const classIndex: Record<UsageClass, 0 | 1 | 2> = { chat: 0, embedding: 1, rerank: 2 }

/** The best (lowest) usage rank in one direction of the tree, for each usage class. */
export type UsageRanks = readonly [chat: number, embedding: number, rerank: number]

/** The rank that means "there is no usage in this direction": it is greater than every rank of `usageRank`. */
export const noUsageRank = 9
/** No usage in this direction. */
export const noUsageRanks: UsageRanks = [noUsageRank, noUsageRank, noUsageRank]

/**
 * One span or log record in its trace. Each part of a node is written by one folder of `settle` only. `facts` is what
 * arrived; `rows` and `contribution` remember what was written; `resetNode` empties everything else, because it follows
 * from the facts of all nodes and can be derived from them again.
 */
export interface Node {
  /** Written by `tree/merge-versions.ts` (a better version) and `rows/event-stubs.ts` (written events lose their text). */
  facts: Facts

  /** Written by `tree/link-parents.ts`. null for a root, for a node whose parent has not arrived, and on a cycle. */
  parent: Node | null
  /** Written by `tree/link-parents.ts`. */
  children: Node[]
  /** Written by `tree/link-parents.ts`. true: the node was its own ancestor, and has lost the edge to its parent. */
  onCycle: boolean

  /** Written by `tree/inherit.ts`. */
  inherited: Inherited
  /** Written by `usage/`. */
  usageState: UsageState
  /** Written by `tools/`. */
  toolState: ToolState

  /** Written by `rows/`: the rows of the node as they were at the last `settle`, null before the first. */
  rows: NodeRows | null
  /** Written by `workflow/`: what the node has added to the share of its workflow, null before the first time. */
  contribution: NodeContribution | null
  /** A cache of `identityOfNode`. */
  identity: RowIdentity | null
}

/** What a node takes over from its ancestors. The object is never changed: `tree/inherit.ts` replaces it. */
export interface Inherited {
  /** The node's own workflow id or the nearest ancestor's; null where the trace decides. */
  readonly workflow: string | null
  /** The node's own agent or the nearest ancestor's. */
  readonly agent: string | null
  /** The nearest model call above with no tool, agent, workflow or task between; that call's own `callAbove` continues the chain. */
  readonly callAbove: Node | null
  /** The nearest usage above that is no call. */
  readonly usageAbove: Node | null
  /** The nearest tool run above with no agent, model call, workflow or task between. */
  readonly toolAbove: Node | null
  /** The span of an attempt at an activity: the node itself or the nearest ancestor. */
  readonly activity: Node | null
  /** The best rank among the usages above that are no calls. */
  readonly ranksAbove: UsageRanks
}

/** What decides whether the usage of a node counts. */
export interface UsageState {
  /** The best rank among the usages below, calls of another usage class included. */
  ranksBelow: UsageRanks
  /** A call below reports the same call as this node. */
  hasSameCallBelow: boolean
  /** The sum of the tokens that count below the node. */
  tokensBelow: number
  /** For a call: the response id by which its other reports are found (see `ReportedCall`). */
  responseId: string | null
  /** For a call: which of several reports is believed (see `ReportedCall`). */
  trust: number
  /** The better report of the same call, null where this one is the best. */
  duplicateOf: Node | null
  /** The usage of the node counts in its trace. */
  counts: boolean
}

/** How a node takes part in tool runs. */
export interface ToolState {
  /** The attempts of an activity at this tool run. */
  attemptGroup: AttemptGroup | null
  /** Which attempt it is, from 1. */
  attempt: number
  /** The attempt that followed, whose row is shown instead; null for the last. */
  nextAttempt: Node | null
  /** The tool calls that only messages report, and that this node asked for first: their rows are the node's. */
  ownedCalls: ToolCall[]
  /** For a tool span without the call's id: the tool call that it ran. */
  matchedCall: ToolCall | null
}

/** What the messages and tool spans of a trace report about one tool call id. */
export interface ToolCall {
  readonly id: string
  readonly spans: Set<Node>
  readonly asks: Set<Node>
  readonly answers: Set<Node>
  /** The node whose row the call is, where only messages report it. */
  owner: Node | null
  /** The name of the tool as the messages give it. */
  name: string | null
  /** The span that ran the call and does not have its id. */
  matchedSpan: Node | null
}

/** The tool spans and tool calls with one tool name, each with the keys of its arguments: null or none where they are unknown. */
export interface NamedTool {
  readonly spans: Map<Node, string | null>
  readonly calls: Map<ToolCall, readonly string[]>
}

/** The runs of one tool in all attempts at one activity. */
export interface AttemptGroup {
  readonly key: string
  readonly members: Set<Node>
}

const nothingInherited: Inherited = {
  workflow: null,
  agent: null,
  callAbove: null,
  usageAbove: null,
  toolAbove: null,
  activity: null,
  ranksAbove: noUsageRanks,
}

/** A node of which nothing but the facts is known. */
export function newNode(facts: Facts): Node {
  return {
    facts,
    parent: null,
    children: [],
    onCycle: false,
    inherited: nothingInherited,
    usageState: newUsageState(),
    toolState: newToolState(),
    rows: null,
    contribution: null,
    identity: null,
  }
}

/** Empties everything that follows from the facts of the trace. `rows` and `contribution` stay. */
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
    counts: false,
  }
}

function newToolState(): ToolState {
  return { attemptGroup: null, attempt: 1, nextAttempt: null, ownedCalls: [], matchedCall: null }
}

/** Whether the parent of a node has not arrived, though the node names one. */
export function waitsForParent(node: Node): boolean {
  return node.parent === null && node.facts.parent !== '' && !node.onCycle
}

/** Whether a node separates the calls above it from those below: beneath a tool, agent, workflow or task span runs another call. */
export function isBarrier(node: Node): boolean {
  const { kind, source } = node.facts
  return source === 'span' && (kind === 'tool' || kind === 'agent' || kind === 'workflow' || kind === 'task')
}

/** What is ordered in time: a node, or a report of one. */
interface Started {
  readonly facts: Pick<Facts, 'startNs' | 'id'>
}

/** Compares by the start; what starts at one moment by the ids. */
export function compareStart({ facts: a }: Started, { facts: b }: Started): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** Sorts by the start into a new array. */
export function sortByStart<Item extends Started>(items: Iterable<Item>): Item[] {
  return [...items].sort(compareStart)
}
