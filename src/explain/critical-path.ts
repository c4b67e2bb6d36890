import type { TreeColumns } from './tree-columns.ts'

/**
 * Marks the spans without which a run would have ended earlier: from the end of a span backwards, the child that ended last
 * before that moment, then the one that ended last before this child began, and so on, and the same in each of them.
 */
export function markCriticalPath({ parent, start_us: start, end_us: end, flags }: TreeColumns, flag: number): void {
  const children = childrenOf(parent)
  const endOf = (i: number) => (end[i] === -1 ? Number.POSITIVE_INFINITY : end[i]!)
  const roots = children.get(-1) ?? []
  const last = roots.toSorted((a, b) => endOf(b) - endOf(a))[0]
  const stack = last === undefined ? [] : [last]
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    flags[i]! |= flag
    let untilUs = endOf(i)
    for (const child of (children.get(i) ?? []).toSorted((a, b) => endOf(b) - endOf(a))) {
      // one that outlives its parent was not waited for to the end, but its beginning was
      if (start[child]! >= untilUs || (endOf(child) > untilUs && untilUs !== endOf(i))) continue
      stack.push(child)
      untilUs = start[child]!
    }
  }
}

function childrenOf(parent: readonly number[]): Map<number, number[]> {
  const children = new Map<number, number[]>()
  parent.forEach((of, i) => {
    const list = children.get(of)
    if (list === undefined) children.set(of, [i])
    else list.push(i)
  })
  return children
}
