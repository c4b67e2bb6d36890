import type { Node } from '../model/node.ts'

/**
 * Whether a tool span is inside another span of the same run, as the span of an MCP client is under `execute_tool`: the
 * nearest tool above has the same name or the same call id.
 */
export function isInnerSpan(node: Node): boolean {
  const outer = node.inherited.toolAbove?.facts.tool
  const own = node.facts.tool!
  if (outer === undefined || outer === null) return false
  return (own.name !== null && outer.name === own.name) || (own.callId !== null && outer.callId === own.callId)
}
