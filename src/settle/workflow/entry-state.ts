import type { Facts } from '../../map/facts/facts.ts'
import { type Node, waitsForParent } from '../model/node.ts'
import type { OpenShare } from '../model/open-share.ts'
import { sortByStart } from '../model/time/sort-by-start.ts'
import { type Trace, workflowOf } from '../model/trace.ts'
import { bestEntries, bestOfFew, type EntryPart, newOpenEntries } from '../share/open-entries.ts'
import type { EntryState } from '../share/share.ts'
import { entryKey, kindRank, nodeKey } from '../share/sort-keys.ts'

/** So many entries are looked at whole each time; more are ranked. */
const fewEntries = 32

/** The state of the entries of a share (docs/design.md §3.4); null where there is no entry. */
export function entryStateOf(trace: Trace, share: Pick<OpenShare, 'entries' | 'rankedEntries'>): EntryState | null {
  if (share.rankedEntries === null && share.entries.size > fewEntries)
    share.rankedEntries = newOpenEntries([...share.entries].map(entryPartOf))
  const best =
    share.rankedEntries === null ? bestOfFew([...share.entries].map(entryPartOf)) : bestEntries(share.rankedEntries)
  if (best === null) return null
  const { kind, open, endNs, last } = best
  const { facts } = last.node
  const { outcome, error } = decidingFacts(trace, last.node)
  return { kind, open, endNs, last: { key: last.key, node: nodeKey(facts.id, facts.trace), outcome, error } }
}

/** What an entry says of its task's state. */
export function entryPartOf(node: Node): EntryPart<Node> {
  const { facts } = node
  const isOpen = facts.open || (waitsForParent(node) && !facts.remoteParent)
  return { node, kind: kindRank(facts.kind), isOpen, endNs: facts.endNs, key: entryKey(facts) }
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
