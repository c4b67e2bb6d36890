import type { Node } from '../model/node.ts'
import { packTogether } from '../model/packed/packed-nodes.ts'
import type { Trace } from '../model/trace.ts'
import { forgetContent } from './event-stubs.ts'

/** How much is packed. */
interface PackingLimits {
  /** So many nodes of a trace are never packed: most spans have to do with those that came just before. */
  readonly mostUnpacked: number
  /** So many nodes are packed together: more would take less room, and longer to read one of them. */
  readonly nodesInPack: number
}

const limits: PackingLimits = { mostUnpacked: 1000, nodesInPack: 32 }

/** Packs what was not touched for long. Must be called only after the commit. */
export function packNodes(trace: Trace, { mostUnpacked, nodesInPack }: PackingLimits = limits): void {
  const { unpacked, opened } = trace.packing
  for (const pack of opened) pack.close()
  opened.clear()
  while (unpacked.size >= mostUnpacked + nodesInPack) {
    const oldest = takeFirst(unpacked, nodesInPack)
    forgetContent(
      trace,
      oldest.map(({ facts }) => facts.id),
    )
    packTogether(trace.id, oldest, opened)
  }
}

function takeFirst(from: Set<Node>, count: number): Node[] {
  const taken: Node[] = []
  for (const node of from) {
    if (taken.push(node) === count) break
  }
  for (const node of taken) from.delete(node)
  return taken
}
