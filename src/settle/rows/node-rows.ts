import { durationMs } from '../../columns.ts'
import type { EventFact } from '../../map/facts/facts.ts'
import { ordinals, type RowIdentity, rowId } from '../model/ids.ts'
import type { Node } from '../model/node.ts'
import type { AgentRow, EventRow, NodeRows, RowPlace } from '../model/rows.ts'
import { hasTimes, type Times, timesOf } from '../model/time/node-times.ts'
import { identityOfNode, isReportedBetter, type Trace, workflowOf } from '../model/trace.ts'
import type { PriceLookup } from '../prices/prices.ts'
import { attemptReport } from '../tools/merge-attempts.ts'
import { messageRowId, messageToolEvents, messageToolRow, toolRow } from '../tools/tool-rows.ts'
import { isPendingAgent } from '../tree/pending-agents.ts'
import { isLosingCopy } from '../tree/run-copies.ts'
import { countedTokens } from '../usage/count-usage.ts'
import { countedUsage } from '../usage/usage-row.ts'

/** All rows that come from a node, as far as its trace is known now. */
export function rowsOfNode(trace: Trace, node: Node, price: PriceLookup): NodeRows {
  const place: RowPlace = {
    workflow: workflowOf(trace, node),
    agent: node.inherited.agent,
    trace: trace.id,
    node: node.facts.id,
  }
  const tool = toolRow(trace, node, place)
  const own = tool === null || isReportedBetter(trace, tool.id) ? null : tool
  const ownedCalls = node.toolState.ownedCalls.filter((call) => !isReportedBetter(trace, messageRowId(trace, call)))
  const identity = identityOfNode(trace, node)
  const events = isLosingCopy(trace, node) ? [] : ownEvents(node, identity, place, own !== null)
  const { usage, report } = countedUsage(trace, node, place, price)
  const attempt = own && report === null ? attemptReport(node, own, events.filter(isOfTool)) : null
  return {
    place,
    events: [
      ...(attempt === null ? events : events.filter((event) => !isOfTool(event))),
      ...ownedCalls.flatMap((call) => messageToolEvents(trace, call, place)),
    ],
    usage,
    report: report ?? attempt,
    tools: [
      ...(own === null || attempt !== null ? [] : [own]),
      ...ownedCalls.map((call) => messageToolRow(trace, call, place)),
    ],
    agent:
      agentRow(node, identity, place) ?? (isPendingAgent(trace, node) ? pendingAgentRow(node, identity, place) : null),
  }
}

function ownEvents(node: Node, identity: RowIdentity, place: RowPlace, isTool: boolean): EventRow[] {
  const { facts } = node
  const rows: EventRow[] = []
  const events = hasTimes(facts) ? facts.events : facts.events.map((fact) => datedEvent(fact, timesOf(node)))
  for (const [ordinal, fact] of events.entries()) {
    if (ordinal > ordinals.lastEvent) break
    if (isTool || !isToolEvent(facts.kind, fact)) rows.push({ id: rowId(identity, ordinal), place, fact })
  }
  return rows
}

/** The event of a node without times, in the time that the node has in its rows. An event with a time of its own keeps it. */
function datedEvent(fact: EventFact, { startNs, endNs }: Times): EventFact {
  if (fact.timeNs !== 0n) return fact
  const { type, message, payload } = fact
  return { type, message, payload, timeNs: /\.(completed|failed)$/.test(type) ? endNs : startNs }
}

/** Whether an event belongs to the row of a tool. A tool span without a row has no tool events: there is one `tool.called` for each row. */
export function isToolEvent(kind: string, { type }: EventFact): boolean {
  return kind === 'tool' && (type === 'tool.called' || type === 'tool.completed' || type === 'tool.failed')
}

function isOfTool({ fact }: EventRow): boolean {
  return isToolEvent('tool', fact)
}

/** Whether a model call has the row of its agent: in an activity, the call may be the only span that names the agent. */
function isAgentsCall({ facts, inherited: { activity }, parent }: Node): boolean {
  return facts.kind === 'llm' && activity !== null && facts.agent !== null && facts.agent !== parent?.inherited.agent
}

function agentRow(node: Node, identity: RowIdentity, place: RowPlace): AgentRow | null {
  const { facts, usageState } = node
  if (facts.source !== 'span' || (facts.kind !== 'agent' && !isAgentsCall(node))) return null
  const { usage, statements, outcome, open } = facts
  return {
    id: rowId(identity, ordinals.agent),
    place,
    name: facts.agent ?? facts.name,
    input: statements.query?.value ?? '',
    output: statements.result?.value ?? null,
    state: open ? 'EXECUTING' : outcome === 'ok' ? 'COMPLETED' : 'FAILED',
    tokens: usageState.tokensBelow + countedTokens(node),
    model: usage?.responseModel ?? usage?.model ?? null,
    durationMs: open || !hasTimes(facts) ? null : durationMs(facts.startNs, facts.endNs),
    error: facts.error ?? (outcome === 'cancelled' ? 'cancelled' : null),
    startNs: facts.startNs,
  }
}

/** The provisional row of an agent whose span has not arrived: only the name is known. */
function pendingAgentRow({ facts }: Node, identity: RowIdentity, place: RowPlace): AgentRow {
  return {
    id: rowId(identity, ordinals.agent),
    place,
    name: facts.agent!,
    input: '',
    output: null,
    state: 'EXECUTING',
    tokens: 0,
    model: null,
    durationMs: null,
    error: null,
    startNs: facts.startNs,
  }
}
