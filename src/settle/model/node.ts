import type { Facts, ToolAnswer, ToolAsk, UsageClass } from '../../map/facts/facts.ts'
import type { SmallMap } from '../small/small-map.ts'
import type { SmallSet } from '../small/small-set.ts'
import type { NodeContribution } from './contribution.ts'
import type { RowIdentity } from './ids.ts'
import type { NodeRows } from './rows.ts'
import type { TimedGroup } from './time/time-index.ts'

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
 * arrived; `rows` and `contribution` remember what was written, and `movesFrom` where; `resetNode` empties everything else, because it follows
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
  /** Written by `tree/large-moves.ts`. While a large move is under way: the workflow that the rows of the node are still in. */
  movesFrom: string | null
  /** Written by `usage/`. */
  usageState: Readonly<UsageState>
  /** Written by `tools/`. */
  toolState: Readonly<ToolState>

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
  /** For a node that does not say when it was: the nearest ancestor that does (model/node-times.ts). */
  readonly timedAbove: Node | null
  /** The span of an attempt at an activity: the node itself or the nearest ancestor. */
  readonly activity: Node | null
  /** The best rank among the usages above that are no calls. */
  readonly ranksAbove: UsageRanks
  /** A usage above counts tokens. */
  readonly hasTokensAbove: boolean
  /** A model call of unknown usage is above, with no tool, agent, workflow or task between. */
  readonly hasUnknownAbove: boolean
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
  /** For a call: the other reports of the same call (see `ReportedCall`). */
  duplicates: readonly Node[] | null
  /** The usage of the node counts in its trace. */
  counts: boolean
  /** For a call of unknown usage: another report of the same call, beside it, tells its usage or is counted in its place. */
  hasReportBeside: boolean
}

/** How a node takes part in tool runs. */
export interface ToolState {
  /** The attempts of an activity at this tool run. */
  attemptGroup: AttemptGroup | null
  /** Which attempt it is, from 1. */
  attempt: number
  /** Which run of the tool it is within its attempt, from 0. */
  runInAttempt: number
  /** The attempt that followed, whose row is shown instead; null for the last. */
  nextAttempt: Node | null
  /** The tool calls that only messages report, and that this node asked for first: their rows are the node's. */
  ownedCalls: ToolCall[]
  /** For a tool span without the call's id: the tool call that it ran. */
  matchedCall: ToolCall | null
  /** For a tool span: the nearest span around it of the same run, and those nearest inside it. */
  outerSpan: Node | null
  innerSpans: Node[] | null
  /** For a tool span: the better span beside it that reports the same run; and the lesser ones, in the order of time. */
  duplicateOf: Node | null
  duplicates: Node[] | null
  /** For a tool span and a tool record without an id in common: the other report of the same run. */
  counterpart: Node | null
  /** For a span in `NamedTool.spans`: the key of its arguments; null for all other nodes. */
  argumentKey: string | null
}

/** A part of a message that asks for a tool call or answers it, with the node that reports the message. */
export interface ReportedMessage<Part extends ToolAsk | ToolAnswer> {
  readonly node: Node
  readonly part: Part
}

/**
 * What the messages and tool spans of a trace report about one tool call id. Of all reports only the best and the
 * earliest are kept, because a conversation repeats each of them in every later request.
 */
export interface ToolCall {
  readonly id: string
  /** The tool spans and tool records that state the id. */
  readonly spans: SmallSet<Node>
  /** The request whose name and arguments are believed. */
  request: ReportedMessage<ToolAsk> | null
  /** The earliest node that asks for the call. */
  firstAsker: Node | null
  /** The earliest node that asks for the call in the turn of the trace. */
  firstAskerOfTurn: Node | null
  /** true: some node asks for the call and does not answer it, so a model has asked and not only a history. */
  isRequested: boolean
  /** The answer that is believed. */
  answer: ReportedMessage<ToolAnswer> | null
  /** The earliest node that answers the call. */
  firstAnswerer: Node | null
  /** The earliest answer that names the tool. */
  namedAnswer: ReportedMessage<ToolAnswer> | null
  /** true: some answer belongs to the turn of the trace. */
  isAnsweredInTurn: boolean
  /** true: some answer is no repetition of a result that an earlier request had. */
  hasNewAnswer: boolean

  /** The name of the tool as the messages give it; null where they do not, and for a call of an earlier turn. */
  name: string | null
  /** Every key that the arguments of its span may have, that of all arguments first; none where they are unknown. */
  argumentKeys: readonly string[]
  /** The JSON that the keys were made of; a call is indexed again with each report that changes what is known of it. */
  keyedArguments: string | null
  /** The node whose row the call is, where only messages report it. */
  owner: Node | null
  /** The span that ran the call and does not have its id. */
  matchedSpan: Node | null
  /** The same call under another id: of the two, a model asks for one and a later history answers the other. */
  alias: ToolCall | null
}

/**
 * The tool spans and tool calls with one tool name that no id joins. Only those whose arguments have a key in common can
 * be the same run, or a span whose arguments are unknown.
 */
export interface NamedTool {
  /** By `ToolState.argumentKey`: the spans whose call no message reports by its id. */
  readonly spans: SmallMap<string, SmallSet<Node>>
  /** The calls that some message asks for and no span states. */
  readonly calls: SmallSet<ToolCall>
  /** By every one of `ToolCall.argumentKeys`: the same calls. */
  readonly callsByKey: SmallMap<string, SmallSet<ToolCall>>
  /** By the first of `ToolCall.argumentKeys`: the calls that a model asks for and no message answers. */
  readonly unanswered: SmallMap<string, SmallSet<ToolCall>>
}

/** The tool spans of one name. */
export interface SpansOfTool extends TimedGroup<Node> {
  /** Scopes and services. With one origin there are no duplicates. */
  readonly origins: SmallSet<string>
}

/** The runs of one tool in all attempts at one activity. */
export interface AttemptGroup {
  readonly key: string
  readonly members: Set<Node>
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
