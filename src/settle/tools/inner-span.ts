import type { ToolRun } from '../../map/facts/facts.ts'
import { changedTools } from '../model/new-node.ts'
import type { Node } from '../model/node.ts'
import { sortByStart } from '../model/time/sort-by-start.ts'

/** Whether a tool span is inside another span of the same run, as the span of an MCP client is under `execute_tool`. */
export function isInnerSpan(node: Node): boolean {
  return outerSpan(node) !== null
}

/** Whether another span has the row of a tool span's run: one around it, or a better one beside it (deduplicate-spans.ts). */
export function hasBetterSpan(node: Node): boolean {
  return isInnerSpan(node) || node.toolState.duplicateOf !== null
}

/** The tool span around another span of the same run: the nearest tool above, if both say the same name or call id. */
function outerSpan(node: Node): Node | null {
  const { toolAbove } = node.inherited
  const [outer, own] = [toolAbove?.facts.tool ?? null, node.facts.tool]
  if (toolAbove === null || outer === null || own === null) return null
  const isSame =
    (own.name !== null && outer.name === own.name) ||
    (own.callId !== null && outer.callId === own.callId) ||
    isPrefixed(outer, own)
  return isSame ? toolAbove : null
}

/**
 * Whether a client runs a server's tool under a name of its own, which ends in the server's: `mcp__weather__forecast`. The
 * end of a name alone says nothing: the server's span must be a request of the Model Context Protocol.
 */
function isPrefixed(outer: ToolRun, own: ToolRun): boolean {
  if (own.isMcp !== true || own.name === null || outer.name === null) return false
  return wordsOf(outer.name).endsWith(`_${wordsOf(own.name)}`)
}

/** The name as clients write it that allow only letters, digits and underscores in the names of tools. */
function wordsOf(name: string): string {
  return name.replace(/[^\p{L}\p{N}]+/gu, '_')
}

/**
 * Tracks which tool spans are inside which, for the nodes whose place in the tree may have changed. Returns the spans around
 * them, before and after, whose rows may differ.
 */
export function trackInnerSpans(visited: Iterable<Node>): Set<Node> {
  const changed = new Set<Node>()
  for (const node of visited) {
    const { toolState, facts } = node
    const outer = facts.kind === 'tool' && facts.source === 'span' ? outerSpan(node) : null
    const before = toolState.outerSpan
    if (before === outer) continue
    addOuterSpans(node, changed)
    const siblings = before?.toolState.innerSpans
    siblings?.splice(siblings.indexOf(node), 1)
    changedTools(node).outerSpan = outer
    if (outer !== null) changedTools(outer).innerSpans = [...(outer.toolState.innerSpans ?? []), node]
    addOuterSpans(node, changed)
  }
  return changed
}

/** Adds the spans around a span of the same run, and the better one beside the outermost of them. */
export function addOuterSpans(node: Node, to: Set<Node>): void {
  for (let at = nextOuter(node); at !== null; at = nextOuter(at)) to.add(at)
}

function nextOuter({ toolState }: Node): Node | null {
  return toolState.outerSpan ?? toolState.duplicateOf
}

/** All spans of a run: from the outermost one inwards, then those of other instrumentations beside it. */
export function reportsOfRun(outermost: Node): readonly Node[] {
  const { duplicates } = outermost.toolState
  return duplicates === null ? spansOfRun(outermost) : [outermost, ...duplicates].flatMap(spansOfRun)
}

/**
 * The spans of a run from the outermost one inwards. Of several inside one span the last counts: a tool that asks its
 * server again has the outcome of the last request.
 */
function spansOfRun(outermost: Node): readonly Node[] {
  const spans = [outermost]
  for (let at = lastInside(outermost); at !== undefined; at = lastInside(at)) spans.push(at)
  return spans
}

function lastInside({ toolState: { innerSpans } }: Node): Node | undefined {
  if (innerSpans === null) return undefined
  return innerSpans.length > 1 ? sortByStart(innerSpans).at(-1) : innerSpans[0]
}
