import type { Node } from '../model/node.ts'
import type { Trace } from '../model/trace.ts'
import { runStateOf } from '../share/durable-runs.ts'

/**
 * Tracks the spans that end one run of a durable workflow. An engine that replays a closed workflow, for a query, makes a
 * copy of the run's span with the same start and another id, which ends when the query does. The copies tell what happened
 * once, so only the one that decides the end of the run has events. Returns the copies that gain or lose theirs.
 */
export function trackRunCopies(trace: Trace, arrived: Iterable<Node>): Set<Node> {
  const changed = new Set<Node>()
  for (const node of arrived) {
    const key = copyKey(node)
    if (key === null) continue
    const best = trace.runEnds.get(key)
    if (best !== undefined && endKey(best) <= endKey(node)) continue
    if (best !== undefined) changed.add(best)
    trace.runEnds.set(key, node)
    changed.add(node)
  }
  return changed
}

/** Whether another copy of the run's span decides the end of the run. */
export function isLosingCopy(trace: Trace, node: Node): boolean {
  const key = copyKey(node)
  return key !== null && trace.runEnds.get(key) !== node
}

/** What copies of a run's span have in common; null for a span that ends no run. */
function copyKey({ facts }: Node): string | null {
  const { run, startNs, name } = facts
  if (run === null || run.run === null || (run.role !== 'end' && run.role !== 'continued')) return null
  return `${run.run} ${startNs} ${name}`
}

function endKey({ facts }: Node): string {
  return runStateOf(facts)!.end!.key
}
