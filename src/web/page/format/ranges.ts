import { absoluteTime } from './times.ts'

/** Where a view of sums begins and ends, as its URL says it. */
export interface ReportRange {
  /** `30d`, or a day or time. */
  readonly since: string
  readonly until: string | undefined
}

const dayMs = 86_400_000

export const rangeChoices: readonly (readonly [string, string])[] = [
  ['1d', 'Today'],
  ['7d', '7 days'],
  ['30d', '30 days'],
  ['90d', '90 days'],
  ['365d', 'A year'],
]

export function reportRangeOf(settings: Readonly<Record<string, string>>): ReportRange {
  return { since: settings.since ?? '30d', until: settings.until }
}

/** The range as times; so many days are whole days in UTC, today included. */
export function timesOfRange(
  { since, until }: ReportRange,
  now: number = Date.now(),
): { readonly since: string; readonly until?: string } {
  const days = /^(\d{1,4})d$/.exec(since)?.[1]
  const from = days === undefined ? absoluteTime(since, now) : startOfDay(now - (Number(days) - 1) * dayMs)
  const to = absoluteTime(until, now)
  return { since: from ?? startOfDay(now - 29 * dayMs), ...(to !== undefined && { until: to }) }
}

function startOfDay(ms: number): string {
  return new Date(Math.floor(ms / dayMs) * dayMs).toISOString()
}

/** The day after a day in UTC, `YYYY-MM-DD`. */
export function dayAfter(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + dayMs).toISOString().slice(0, 10)
}
