const quietMs = 10_000
const quietHourMs = 3_600_000
const maxRemembered = 1000

/**
 * Limits a repeated line of the log to one in 10 s. The function that is returned says how often the line occurred since
 * it was last let through, this time included; 0 while it must not be logged. `clock` gives milliseconds.
 */
export function throttle(clock: () => number): (line: string) => number {
  const seen = new Map<string, { at: number; held: number }>()
  return (line) => {
    const last = seen.get(line)
    const now = clock()
    if (last && now - last.at < quietMs) {
      last.held++
      return 0
    }
    // Forgetting the oldest line may cost one line too many; remembering all would take memory without bound.
    if (!last && seen.size >= maxRemembered) seen.delete(seen.keys().next().value ?? '')
    seen.set(line, { at: now, held: 0 })
    return (last?.held ?? 0) + 1
  }
}

/** Numbers of one kind, such as calls and tokens. */
export type Numbers = Readonly<Record<string, number>>

/**
 * Limits a line with numbers to one in an hour for each name, and to `most` names: senders choose some of them, such as
 * names of models. The function that is returned gives the sums since the line was last let through, this time included;
 * null while it must not be logged.
 */
export function summingThrottle<Sums extends Numbers>(
  most: number,
  clock: () => number,
): (name: string, numbers: Sums) => Sums | null {
  const seen = new Map<string, { at: number; held: Sums | null }>()
  return (name, numbers) => {
    const last = seen.get(name)
    if (last === undefined && seen.size >= most) return null
    const held = last?.held ?? null
    const sums = held === null ? numbers : added(held, numbers)
    const now = clock()
    const isQuiet = last !== undefined && now - last.at < quietHourMs
    seen.set(name, isQuiet ? { at: last.at, held: sums } : { at: now, held: null })
    return isQuiet ? null : sums
  }
}

function added<Sums extends Numbers>(a: Sums, b: Sums): Sums {
  return Object.fromEntries(Object.entries(a).map(([name, number]) => [name, number + b[name]!])) as Sums
}

/** Lets each line through once, and no new ones after `most`: senders choose some of them, such as names of models. */
export function onlyOnce(most: number): (line: string) => boolean {
  const seen = new Set<string>()
  return (line) => {
    if (seen.has(line) || seen.size >= most) return false
    seen.add(line)
    return true
  }
}
