import { type Node, waitsForParent } from '../model/node.ts'
import { compareStart } from '../model/time/sort-by-start.ts'
import type { Trace } from '../model/trace.ts'

/**
 * Tracks the agents whose spans have not arrived. An agent's span ends, and so arrives, after everything that the agent
 * did; if the process dies, it never arrives. But the agent's model calls and tools name the agent. Until a span of an
 * agent of this name arrives, the earliest node that names the agent and waits for the same parent has a provisional row
 * in agent_executions.
 *
 * `arrived` are the new nodes, `joined` the older nodes whose parent has arrived. Returns the nodes that gain or lose a
 * provisional row.
 */
export function trackPendingAgents(trace: Trace, arrived: Iterable<Node>, joined: Iterable<Node>): Set<Node> {
  const changed = new Set<Node>()
  for (const { facts } of joined) trace.pendingAgents.delete(facts.parent)
  for (const node of arrived) {
    const { kind, source, agent } = node.facts
    if (agent === null || source !== 'span') continue
    if (kind === 'agent') noteAgentSpan(trace, agent, changed)
    else if ((kind === 'llm' || kind === 'tool') && waitsForParent(node)) notePendingAgent(trace, node, changed)
  }
  return changed
}

/** Ends the provisional rows of an agent when its first span arrives. */
function noteAgentSpan(trace: Trace, agent: string, changed: Set<Node>): void {
  if (trace.agentsWithSpan.has(agent)) return
  trace.agentsWithSpan.add(agent)
  for (const node of trace.pendingAgents.values()) if (node.facts.agent === agent) changed.add(node)
}

/** Gives the provisional row of an absent parent to a node that started earlier than the one that has it. */
function notePendingAgent(trace: Trace, node: Node, changed: Set<Node>): void {
  const { parent } = node.facts
  const other = trace.pendingAgents.get(parent)
  if (other !== undefined && compareStart(other, node) <= 0) return
  if (other !== undefined) changed.add(other)
  trace.pendingAgents.set(parent, node)
  changed.add(node)
}

/** Whether a node has the provisional row of an agent. */
export function isPendingAgent(trace: Trace, node: Node): boolean {
  const { agent, parent } = node.facts
  return agent !== null && trace.pendingAgents.get(parent) === node && !trace.agentsWithSpan.has(agent)
}
