import { ordinals, rowId } from '../model/ids.ts'
import type { Node } from '../model/node.ts'
import { identityOfNode, isReportedBetter, type Trace } from '../model/trace.ts'
import { hasToolRow, messageRowId } from '../tools/tool-rows.ts'
import { isUncounted } from '../usage/uncounted-calls.ts'
import { tracePlace } from './reports-by-id.ts'

/**
 * Whether a trace only repeats calls and tool runs that other traces have, as that of a gateway or an MCP server does: it
 * has no agent, workflow or workflow id, and no row of its own. It makes no task (docs/design.md §4.7).
 */
export function isRepetition(trace: Trace): boolean {
  const decisions = [...trace.idDecisions.values()]
  if (!decisions.some(({ better }) => better !== null && better.trace !== trace.id)) return false
  if (tracePlace(trace) === 0) return false
  for (const node of trace.nodes.values()) if (hasOwnRow(trace, node)) return false
  return true
}

function hasOwnRow(trace: Trace, node: Node): boolean {
  const isOwn = (row: string) => !isReportedBetter(trace, row)
  const ordinalsOfRows = [
    ...(node.usageState.counts ? [ordinals.usage] : []),
    ...(hasToolRow(node) ? [ordinals.tool] : []),
  ]
  if (isUncounted(node)) return true
  return (
    ordinalsOfRows.some((ordinal) => isOwn(rowId(identityOfNode(trace, node), ordinal))) ||
    node.toolState.ownedCalls.some((call) => isOwn(messageRowId(trace, call)))
  )
}
