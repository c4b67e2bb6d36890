import { compareStart, type Node, waitsForParent } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'

/**
 * An agent's span ends, and so comes, after all that it did; if its process dies, never. Its model calls and tools name
 * it, though: until a span of an agent of this name is there, the earliest of those that wait for one absent parent
 * stands for it.
 *
 * Notes the agents that the arrived nodes are or name; `joined` have found their parent. Returns the nodes that stand,
 * or no longer stand, for an agent.
 */
export function trackPendingAgents(trace: Trace, arrived: Iterable<Node>, joined: Iterable<Node>): Set<Node> {
  const concerned = new Set<Node>()
  for (const { facts } of joined) trace.pendingAgents.delete(facts.parent)
  for (const node of arrived) {
    const { kind, source, agent, parent } = node.facts
    if (agent === null || source !== 'span') continue
    if (kind === 'agent') {
      if (trace.agentsWithSpan.has(agent)) continue
      trace.agentsWithSpan.add(agent)
      for (const other of trace.pendingAgents.values()) if (other.facts.agent === agent) concerned.add(other)
    } else if ((kind === 'llm' || kind === 'tool') && waitsForParent(node)) {
      const other = trace.pendingAgents.get(parent)
      if (other !== undefined && compareStart(other, node) <= 0) continue
      if (other !== undefined) concerned.add(other)
      trace.pendingAgents.set(parent, node)
      concerned.add(node)
    }
  }
  return concerned
}

/** The node stands for an agent that it names, and of which nothing else is known yet. */
export function isPendingAgent(trace: Trace, node: Node): boolean {
  const { agent, parent } = node.facts
  return agent !== null && trace.pendingAgents.get(parent) === node && !trace.agentsWithSpan.has(agent)
}
