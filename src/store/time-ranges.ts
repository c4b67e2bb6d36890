/** A time from `sinceMs` on, until before `untilMs`, in milliseconds since 1970. */
export interface TimeRange {
  readonly sinceMs: number
  readonly untilMs: number
}

/** The milliseconds of an hour. */
export const hourMs = 3_600_000
/** The milliseconds of a day of UTC. */
export const dayMs: number = 24 * hourMs

/** The beginning of the hour or day of UTC, by the length of the unit, in which a time is. */
export function startOfUnit(ms: number, unitMs: number): number {
  return Math.floor(ms / unitMs) * unitMs
}

/** The ranges of hours or days, each given by its beginning. Those that follow each other are one range. */
export function rangesOfUnits(starts: Iterable<number>, unitMs: number): TimeRange[] {
  const ranges: { sinceMs: number; untilMs: number }[] = []
  for (const start of [...starts].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.untilMs === start) last.untilMs = start + unitMs
    else if (last === undefined || last.untilMs < start) ranges.push({ sinceMs: start, untilMs: start + unitMs })
  }
  return ranges
}

/** The beginnings of the hours or days of a range that begins and ends with one. */
export function unitsIn({ sinceMs, untilMs }: TimeRange, unitMs: number): number[] {
  return Array.from({ length: Math.max(0, Math.ceil((untilMs - sinceMs) / unitMs)) }, (_, i) => sinceMs + i * unitMs)
}
