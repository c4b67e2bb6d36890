const quietMilliseconds = 10_000
const maxRemembered = 1000

/**
 * How often a line happened since it was last let through, or 0 while it has to stay quiet: the same one comes at most
 * every 10 s. `clock` gives milliseconds.
 */
export function seldom(clock: () => number): (line: string) => number {
  const seen = new Map<string, { at: number; held: number }>()
  return (line) => {
    const last = seen.get(line)
    const now = clock()
    if (last && now - last.at < quietMilliseconds) {
      last.held++
      return 0
    }
    // Forgetting the oldest costs a line too many; keeping all would cost memory without bound.
    if (!last && seen.size >= maxRemembered) seen.delete(seen.keys().next().value ?? '')
    seen.set(line, { at: now, held: 0 })
    return (last?.held ?? 0) + 1
  }
}
