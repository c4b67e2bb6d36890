import type { Node } from '../model/node.ts'
import type { EventRow, RowChanges } from '../model/rows.ts'
import { timesOf } from '../model/time/node-times.ts'
import type { Trace } from '../model/trace.ts'

/**
 * Sorts the events that a batch writes into one trace: by time, and what happens in one moment, as is normal where clocks
 * have milliseconds, as its spans are nested. What began earlier ends first, an inner span before the one around it; then
 * spans begin, an outer one before those inside it. `seq` follows this order.
 */
export function orderEvents(trace: Trace, { added, moved }: RowChanges['events']): void {
  for (const rows of [added, moved]) if (rows.length > 1) rows.sort((a, b) => compareEvents(trace, a, b))
}

function compareEvents(trace: Trace, a: EventRow, b: EventRow): number {
  if (a.fact.timeNs !== b.fact.timeNs) return a.fact.timeNs < b.fact.timeNs ? -1 : 1
  // the events of one span are in their order already, and the sort is stable
  if (a.place.node === b.place.node) return 0
  const [nodeA, nodeB] = [trace.nodes.get(a.place.node), trace.nodes.get(b.place.node)]
  if (nodeA === undefined || nodeB === undefined) return 0
  const [phaseA, phaseB] = [phaseOf(a, nodeA), phaseOf(b, nodeB)]
  if (phaseA !== phaseB) return phaseA - phaseB
  const deeper = depthOf(nodeA) - depthOf(nodeB)
  if (deeper !== 0) return phaseA === starting ? deeper : -deeper
  return a.place.node < b.place.node ? -1 : 1
}

const [ending, starting, endingAtOnce] = [0, 1, 2]
const isEnd = /\.(completed|failed|cancelled)$/

/** Whether an event is of a span that began before this moment, of one that begins in it, or ends one that has just begun. */
function phaseOf({ fact }: EventRow, node: Node): number {
  if (timesOf(node).startNs < fact.timeNs) return ending
  return isEnd.test(fact.type) ? endingAtOnce : starting
}

/** The most levels that are counted: deeper spans begin and end in any order. */
const mostLevels = 128

function depthOf(node: Node): number {
  let depth = 0
  for (let at = node.parent; at !== null && depth < mostLevels; at = at.parent) depth += 1
  return depth
}
