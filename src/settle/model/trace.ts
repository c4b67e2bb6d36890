import type { Facts } from '../../map/facts/facts.ts'
import { SmallMap } from '../small/small-map.ts'
import { SmallSet } from '../small/small-set.ts'
import { identityOf, type RowIdentity } from './ids.ts'
import type { AttemptGroup, NamedTool, Node, SpansOfTool, ToolCall } from './node.ts'
import type { OpenShare } from './open-share.ts'
import { newPacking, type Packing } from './packed/packed-nodes.ts'
import type { IdDecision, SharedCall } from './shared-call.ts'
import type { CallIndex } from './time/call-index.ts'
import type { TimeIndex } from './time/time-index.ts'

/** A trace as far as it has arrived. A trace is the memory of one transaction: after a rollback it must be thrown away. */
export interface Trace extends CallIndex<Node> {
  readonly id: string
  /** Something in the trace is recognised, so the trace makes tasks and rows (docs/design.md §3.2). */
  isRun: boolean
  readonly nodes: Map<string, Node>
  readonly packing: Packing
  /** By the id of a parent that has not arrived: the nodes that name it. */
  readonly orphans: SmallMap<string, Node[]>
  /** The earliest node that has a workflow id of its own. */
  earliestWithWorkflow: Facts | null
  /** The nodes whose workflow the trace decides. */
  readonly withoutWorkflow: SmallSet<Node>
  /** The workflow of `withoutWorkflow`: the id of `earliestWithWorkflow`, else the trace id. */
  fallbackWorkflow: string
  /** The model calls of unknown usage, and the reports with usage beside them; null where no usage is unknown. */
  unknownCalls: UnknownCalls | null
  /** By response id, and by counters: the reports that count only where no other report of their call is known. */
  readonly secondaryReports: SmallMap<string, Set<Node>>
  /** By tool call id. */
  readonly toolCalls: SmallMap<string, ToolCall>
  /** Log records of tool runs, by the span that they name. */
  readonly toolRecords: SmallMap<string, Set<Node>>
  readonly toolsByName: SmallMap<string, NamedTool>
  /** By tool name. */
  readonly toolSpans: SmallMap<string, SpansOfTool>
  readonly attemptGroups: SmallMap<string, AttemptGroup>
  /** Some span of the trace belongs to a run of a durable workflow. */
  hasDurableRun: boolean
  /** By what copies of a run's span have in common: the copy that decides the end of the run. */
  readonly runEnds: SmallMap<string, Node>
  /** The names of the agents that have a span of their own. */
  readonly agentsWithSpan: SmallSet<string>
  /** By the id of a parent that has not arrived: the earliest node that names it and an agent. */
  readonly pendingAgents: SmallMap<string, Node>
  /** The nodes whose rows a large move has not moved so far. */
  readonly moving: SmallSet<Node>
  /** By workflow: what the trace contributes to it. */
  readonly shares: SmallMap<string, OpenShare>
  /** The trusted ids of calls and tool runs that the trace mentions. */
  readonly callIds: Set<string>
  /** By id: those of `callIds` that other rows have too. */
  readonly sharedCalls: SmallMap<string, SharedCall>
  /** By row: what `sharedCalls` decide about the rows of the trace. */
  idDecisions: ReadonlyMap<string, IdDecision>
  /** The trace only repeats calls and tool runs that other traces have, so it makes no task. */
  isRepetition: boolean
}

/** The reports among which those of calls of unknown usage are looked for. */
export interface UnknownCalls {
  /** By usage class and response id. */
  readonly byResponseId: Map<string, Node[]>
  /** By usage class. */
  readonly byTime: Map<string, TimeIndex<Node>>
}

const noDecisions: Trace['idDecisions'] = new Map()

/** A trace of which nothing has arrived. */
export function emptyTrace(id: string): Trace {
  return {
    id,
    isRun: false,
    nodes: new Map(),
    packing: newPacking(),
    orphans: new SmallMap(),
    earliestWithWorkflow: null,
    withoutWorkflow: new SmallSet(),
    fallbackWorkflow: id,
    callsByResponseId: new SmallMap(),
    callsByCounters: new SmallMap(),
    unknownCalls: null,
    secondaryReports: new SmallMap(),
    toolCalls: new SmallMap(),
    toolRecords: new SmallMap(),
    toolsByName: new SmallMap(),
    toolSpans: new SmallMap(),
    attemptGroups: new SmallMap(),
    hasDurableRun: false,
    runEnds: new SmallMap(),
    agentsWithSpan: new SmallSet(),
    pendingAgents: new SmallMap(),
    moving: new SmallSet(),
    shares: new SmallMap(),
    callIds: new Set(),
    sharedCalls: new SmallMap(),
    idDecisions: noDecisions,
    isRepetition: false,
  }
}

/** Empties everything that follows from the facts of the trace, except `isRun`, the shares, the moves and what ids decide. */
export function clearIndexes(trace: Trace): void {
  trace.earliestWithWorkflow = null
  trace.hasDurableRun = false
  trace.orphans.clear()
  trace.withoutWorkflow.clear()
  trace.callsByResponseId.clear()
  trace.callsByCounters.clear()
  trace.unknownCalls = null
  trace.secondaryReports.clear()
  trace.toolCalls.clear()
  trace.toolRecords.clear()
  trace.toolsByName.clear()
  trace.toolSpans.clear()
  trace.attemptGroups.clear()
  trace.runEnds.clear()
  trace.agentsWithSpan.clear()
  trace.pendingAgents.clear()
}

/** The workflow id of a node, as its dialect writes it. While a large move is under way, the one that the node had before. */
export function workflowOf(trace: Trace, node: Node): string {
  return node.movesFrom ?? node.inherited.workflow ?? trace.fallbackWorkflow
}

/**
 * Whether a node is an entry of its task: a span whose parent is absent or belongs to another task, or a record that names
 * neither a trace nor a run, which is a run by itself. Entries decide the task's status (docs/design.md §3.4).
 */
export function isEntry(trace: Trace, node: Node): boolean {
  // the trace of such a record is made of its id (map/record.ts)
  if (node.facts.source !== 'span') return node.facts.trace === node.facts.id
  return node.parent === null || workflowOf(trace, node.parent) !== workflowOf(trace, node)
}

/** Whether another report of the call or tool run has its row instead. */
export function isReportedBetter(trace: Trace, row: string): boolean {
  const decision = trace.idDecisions.get(row)
  return decision !== undefined && decision.better !== null
}

/** The identity from which the ids of a node's rows are made. */
export function identityOfNode(trace: Trace, node: Node): RowIdentity {
  node.identity ??= identityOf(node.facts.startNs, trace.id, node.facts.id)
  return node.identity
}
