import type { Facts } from '../../map/facts/facts.ts'
import { type Node, waitsForParent } from '../model/node.ts'
import { sortByStart } from '../model/sort-by-start.ts'
import { type Trace, workflowOf } from '../model/trace.ts'
import { joinEntries } from '../share/fold-shares.ts'
import type { EntryState } from '../share/share.ts'
import { entryKey, kindRank, nodeKey } from '../share/sort-keys.ts'

/** The state of the entries of the best kind (docs/design.md §3.4); null where there is no entry. */
export function entryStateOf(trace: Trace, entries: ReadonlySet<Node>): EntryState | null {
  let state: EntryState | null = null
  for (const node of entries) {
    const { facts } = node
    const kind = kindRank(facts.kind)
    if (state !== null && kind > state.kind) continue
    const isOpen = facts.open || (waitsForParent(node) && !facts.remoteParent)
    const { outcome, error } = decidingFacts(trace, node)
    const last = { key: entryKey(facts), node: nodeKey(facts.id, facts.trace), outcome, error }
    state = joinEntries(state, { kind, open: isOpen ? 1 : 0, endNs: facts.endNs, last })
  }
  return state
}

/** The facts that say how an entry ended: its own, or where its dialect never lets it fail, those of the last agent below it. */
function decidingFacts(trace: Trace, node: Node): Pick<Facts, 'outcome' | 'error'> {
  if (!node.facts.endsWell || node.facts.outcome !== 'ok') return node.facts
  const agents = agentsBelow(node, (child) => workflowOf(trace, child) === workflowOf(trace, node))
  return sortByStart(agents).at(-1)?.facts ?? node.facts
}

/** How many spans, such as steps, tasks and turns, may lie between an entry and its agents. */
const mostBetween = 3

function agentsBelow(node: Node, isOfTask: (node: Node) => boolean, left = mostBetween): Node[] {
  return node.children.filter(isOfTask).flatMap((child) => {
    const { kind } = child.facts
    if (kind === 'agent') return [child]
    return kind === 'llm' || kind === 'tool' || left === 0 ? [] : agentsBelow(child, isOfTask, left - 1)
  })
}
