import type { Facts, UsageClass } from '../../map/facts/facts.ts'
import { identityOf, type RowIdentity } from './ids.ts'
import type { OpenRun } from './open-runs.ts'
import type { NodeRows } from './rows.ts'
import { type Candidate, noShare, noSums, type Share, type ShareField, type Sums } from './share.ts'

/** Index of a class in the triples below. */
export const classIndex: Record<UsageClass, 0 | 1 | 2> = { chat: 0, embedding: 1, rerank: 2 }

/** The best (lowest) usage rank in a direction, for each class; `nothing` where there is none. */
export type Ranks = readonly [chat: number, embedding: number, rerank: number]
export const noUsageRank = 9
export const noRanks: Ranks = [noUsageRank, noUsageRank, noUsageRank]

/**
 * One span or record in its trace: its facts, its edges, and what follows from them. Everything below `facts` is
 * derived and can be derived again from the facts of all nodes; only `rows` and `given` remember what was written.
 */
export interface Node {
  facts: Facts
  /** null for a root, for one whose parent has not arrived, and on a cycle. */
  parent: Node | null
  children: Node[]
  /** It was its own ancestor: the edge to its parent is gone. */
  onCycle: boolean

  /** Its own workflow id or the nearest ancestor's; null: the trace decides. */
  workflow: string | null
  /** Its own agent or the nearest ancestor's. */
  agent: string | null
  /** The nearest call above with no tool, agent, workflow or task between; it continues there. */
  callAbove: Node | null
  /** The nearest usage above that is no call. */
  usageAbove: Node | null
  /** The nearest tool run above with no agent, call, workflow or task between. */
  toolAbove: Node | null
  /** The activity whose attempt it is, or is made in. */
  activity: Node | null
  /** Best rank among the usages above that are no calls. */
  ranksAbove: Ranks
  /** Best rank among the usages below (calls that a call can't be compared with included). */
  ranksBelow: Ranks
  /** A call below is this call. */
  hasSameCallBelow: boolean
  /** Tokens that counted below it. */
  tokensBelow: number
  /** Where it is a call: the response id by which other reports of it are found. */
  responseId: string | null
  /** The better report of the same call. */
  duplicateOf: Node | null
  counts: boolean
  /** Attempts of one activity at the same tool run; which of them it is; the next one, which knows better what became of it. */
  attempts: AttemptGroup | null
  attempt: number
  nextAttempt: Node | null
  /** Tool calls that are seen only in messages, and belong here because this node asked first. */
  ownedToolCalls: ToolCall[]
  /** The call that this tool's span ran, where no id tells so. */
  matchedToolCall: ToolCall | null

  /** Of its rows' ids; made when it is needed first. */
  identity: RowIdentity | null
  rows: NodeRows | null
  contribution: NodeContribution | null
}

/** What messages and tool spans of a trace say about one call id. */
export interface ToolCall {
  readonly id: string
  readonly spans: Set<Node>
  readonly asks: Set<Node>
  readonly answers: Set<Node>
  owner: Node | null
  /** The tool that the messages name. */
  name: string | null
  /** The span of the run, where no id tells so. */
  matchedSpan: Node | null
}

/** All that goes by the name of one tool, with the arguments to tell them apart: null and none where they are unknown. */
export interface NamedTool {
  readonly spans: Map<Node, string | null>
  readonly calls: Map<ToolCall, readonly string[]>
}

/** The tool runs of one name in all attempts of one activity. */
export interface AttemptGroup {
  readonly key: string
  readonly members: Set<Node>
}

/** Calls that share an id or their counters, and all origins that they and their likes come from. */
export interface CallGroup {
  readonly members: Set<Node>
  readonly origins: Set<string>
}

/** What a node has added to the share of its workflow, kept so that exactly this can be taken out again. */
export interface NodeContribution {
  readonly workflow: string
  readonly candidates: readonly Candidate[]
  readonly sums: Sums
  readonly agent: string | null
  readonly usage: { readonly model: string; readonly provider: string; readonly tokens: number } | null
  readonly tools: readonly string[]
  /** The run that it said something of. */
  readonly run: string | null
}

/** What a trace gives to one workflow, open for change; `value` is what it was at the last commit. */
export interface OpenShare {
  readonly workflow: string
  readonly members: Set<Node>
  readonly entries: Set<Node>
  sums: Sums
  readonly best: Map<ShareField, Candidate>
  /** Fields whose best has left. */
  readonly staleFields: Set<ShareField>
  readonly agents: Map<string, number>
  readonly models: Map<string, number>
  readonly providers: Map<string, number>
  readonly tools: Map<string, number>
  readonly runs: Map<string, OpenRun>
  lastClosed: Share
}

export function emptyShare(workflow: string): OpenShare {
  return {
    workflow,
    members: new Set(),
    entries: new Set(),
    sums: noSums,
    best: new Map(),
    staleFields: new Set(),
    agents: new Map(),
    models: new Map(),
    providers: new Map(),
    tools: new Map(),
    runs: new Map(),
    lastClosed: noShare,
  }
}

/** A trace as far as it has arrived. It is the memory of one transaction: after a rollback it must be thrown away. */
export interface Trace {
  readonly tenant: string
  readonly id: string
  /** Something in it is recognised: it makes tasks and rows. */
  isRun: boolean
  readonly nodes: Map<string, Node>
  /** Absent parent id → those that wait for it. */
  readonly orphans: Map<string, Node[]>
  /** The earliest of those that have an own workflow id. */
  earliestWithWorkflow: Facts | null
  /** Nodes whose workflow the trace decides. */
  readonly withoutWorkflow: Set<Node>
  /** The workflow of those: the own id of the earliest node that has one, else the trace id. */
  fallbackWorkflow: string
  /** Calls by class and response id, and by class and counters: those that may be reports of one call. */
  readonly callsByResponseId: Map<string, CallGroup>
  readonly callsByCounters: Map<string, CallGroup>
  readonly toolCalls: Map<string, ToolCall>
  /** Records of tool runs without a call id, by the span that they name. */
  readonly toolRecords: Map<string, Set<Node>>
  readonly toolsByName: Map<string, NamedTool>
  readonly attemptGroups: Map<string, AttemptGroup>
  /** Some of it belongs to runs of durable workflows. */
  hasDurableRun: boolean
  /** Agents that have a span of their own; and by absent parents, the earliest that waits for it and names an agent. */
  readonly agentsWithSpan: Set<string>
  readonly pendingAgents: Map<string, Node>
  readonly shares: Map<string, OpenShare>
}

export function emptyTrace(tenant: string, id: string): Trace {
  return {
    tenant,
    id,
    isRun: false,
    nodes: new Map(),
    orphans: new Map(),
    earliestWithWorkflow: null,
    withoutWorkflow: new Set(),
    fallbackWorkflow: id,
    callsByResponseId: new Map(),
    callsByCounters: new Map(),
    toolCalls: new Map(),
    toolRecords: new Map(),
    toolsByName: new Map(),
    attemptGroups: new Map(),
    hasDurableRun: false,
    agentsWithSpan: new Set(),
    pendingAgents: new Map(),
    shares: new Map(),
  }
}

export function newNode(facts: Facts): Node {
  return {
    facts,
    parent: null,
    children: [],
    onCycle: false,
    workflow: null,
    agent: null,
    callAbove: null,
    usageAbove: null,
    toolAbove: null,
    activity: null,
    ranksAbove: noRanks,
    ranksBelow: noRanks,
    hasSameCallBelow: false,
    tokensBelow: 0,
    responseId: null,
    duplicateOf: null,
    counts: false,
    attempts: null,
    attempt: 1,
    nextAttempt: null,
    ownedToolCalls: [],
    matchedToolCall: null,
    identity: null,
    rows: null,
    contribution: null,
  }
}

/** The workflow of a node, as its dialect spells it. */
export function workflowOf(trace: Trace, node: Node): string {
  return node.workflow ?? trace.fallbackWorkflow
}

/** Its parent has not arrived and is said to exist. */
export function waitsForParent(node: Node): boolean {
  return node.parent === null && node.facts.parent !== '' && !node.onCycle
}

/** A span whose parent is absent or belongs to another task: what decides how the task stands. */
export function isEntry(trace: Trace, node: Node): boolean {
  if (node.facts.source !== 'span') return false
  return node.parent === null || workflowOf(trace, node.parent) !== workflowOf(trace, node)
}

/** Kinds that stand between two calls, so that the upper one isn't a report of the lower one. */
export function isBarrier(node: Node): boolean {
  const { kind, source } = node.facts
  return source === 'span' && (kind === 'tool' || kind === 'agent' || kind === 'workflow' || kind === 'task')
}

export function identityOfNode(trace: Trace, node: Node): RowIdentity {
  node.identity ??= identityOf(node.facts.startNs, trace.tenant, trace.id, node.facts.id)
  return node.identity
}
