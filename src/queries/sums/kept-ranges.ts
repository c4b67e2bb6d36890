import type { Session } from '../../store/database.ts'
import { type dayMs, type hourMs, rangesOfUnits, startOfUnit, type TimeRange } from '../../store/time-ranges.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'

/** The parts of a period: those whose sums are kept and up to date, and those that are read from rows. */
export interface PeriodParts {
  readonly kept: readonly TimeRange[]
  readonly rows: readonly TimeRange[]
}

/** What is summed up: calls by their end, or runs by their start. */
export type SummedKind = 'calls' | 'runs'

/** How a period is divided. */
export interface PeriodOptions extends TimeRange {
  /** What the kept sums are of: hours, or days of UTC. */
  readonly unitMs: typeof hourMs | typeof dayMs
  /** The time zone whose days are told apart; null: none is. */
  readonly dayZone: string | null
}

interface KeptHours {
  readonly from_ms: number
  readonly until_ms: number
  readonly invalid: readonly number[]
}

/** More ranges are joined, and what is between them is read from rows too: each is a statement. */
const mostRanges = 40

/** Divides a period. A role that may not read the books reads everything from rows. */
export async function dividePeriod(session: Session, kind: SummedKind, period: PeriodOptions): Promise<PeriodParts> {
  const [privileges] = await session.query<{ readable: boolean }>(queryStatement('has_rollups'))
  if (privileges?.readable !== true) return allRows(period)
  const [hours] = await session.query<KeptHours>(queryStatement('kept_hours'), [
    ...[kind, timeOf(period.sinceMs), timeOf(period.untilMs)],
    ...[period.dayZone ?? 'UTC', period.dayZone !== null],
  ])
  return hours === undefined ? allRows(period) : partsOf(period, hours)
}

function allRows({ sinceMs, untilMs }: TimeRange): PeriodParts {
  return { kept: [], rows: [{ sinceMs, untilMs }] }
}

function partsOf({ sinceMs, untilMs, unitMs }: PeriodOptions, hours: KeptHours): PeriodParts {
  const firstMs = Math.ceil(Math.max(sinceMs, hours.from_ms) / unitMs) * unitMs
  const endMs = startOfUnit(Math.min(untilMs, hours.until_ms), unitMs)
  if (firstMs >= endMs) return allRows({ sinceMs, untilMs })
  const invalid = new Set(hours.invalid.map((hour) => startOfUnit(hour, unitMs)))
  const inside = rangesOfUnits(invalid, unitMs).filter((range) => range.untilMs > firstMs && range.sinceMs < endMs)
  const rows = joined([{ sinceMs, untilMs: firstMs }, ...inside, { sinceMs: endMs, untilMs }])
  return { kept: between(rows, { sinceMs, untilMs }), rows: rows.filter(isLong) }
}

/** Joins ranges that meet, and those with the shortest time between them where there are too many. */
function joined(ranges: readonly TimeRange[]): TimeRange[] {
  const apart = joinedOver(ranges, 0)
  const gaps = apart.slice(1).map(({ sinceMs }, i) => sinceMs - apart[i]!.untilMs)
  const shortest = gaps.toSorted((a, b) => a - b)[apart.length - mostRanges - 1]
  return shortest === undefined ? apart : joinedOver(apart, shortest)
}

/** Joins ranges, which are in their order, with no more than so many milliseconds between them. */
function joinedOver(ranges: readonly TimeRange[], gapMs: number): TimeRange[] {
  const list: { sinceMs: number; untilMs: number }[] = []
  for (const { sinceMs, untilMs } of ranges) {
    const last = list.at(-1)
    if (last === undefined || sinceMs - last.untilMs > gapMs) list.push({ sinceMs, untilMs })
    else last.untilMs = Math.max(last.untilMs, untilMs)
  }
  return list
}

/** What of a range is in none of these, which are in their order. */
function between(ranges: readonly TimeRange[], { sinceMs, untilMs }: TimeRange): TimeRange[] {
  const starts = [sinceMs, ...ranges.map((range) => range.untilMs)]
  const ends = [...ranges.map((range) => range.sinceMs), untilMs]
  return starts.map((start, i) => ({ sinceMs: start, untilMs: ends[i]! })).filter(isLong)
}

function isLong({ sinceMs, untilMs }: TimeRange): boolean {
  return untilMs > sinceMs
}
