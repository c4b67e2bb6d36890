import { hourMs, rangesOfUnits, type TimeRange } from '../store/time-ranges.ts'
import type { BudgetPeriod } from './budget.ts'

/** The day of UTC of a time: `2026-11-29`. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

/** The first day of the month of a day: `2026-11-01`. */
export function monthOf(day: string): string {
  return `${day.slice(0, 7)}-01`
}

/** The first day of the month before. */
export function monthBefore(month: string, count = 1): string {
  const start = new Date(month)
  return dayOf(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() - count, 1))
}

/** The first day of the period that a day is in. */
export function periodStart(period: BudgetPeriod, day: string): string {
  return period === 'day' ? day : monthOf(day)
}

/** The time of a period that begins on a day. */
export function rangeOf(period: BudgetPeriod, start: string): TimeRange {
  const sinceMs = Date.parse(start)
  const at = new Date(sinceMs)
  const untilMs = period === 'day' ? sinceMs + 24 * hourMs : Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)
  return { sinceMs, untilMs }
}

/** The times of hours, each as the milliseconds at which it begins; hours that follow each other are one time. */
export function rangesOfHours(hours: Iterable<number>): TimeRange[] {
  return rangesOfUnits(hours, hourMs)
}

/** The parts of a time in the days of UTC. */
export function daysOf({ sinceMs, untilMs }: TimeRange): TimeRange[] {
  const endMs = rangeOf('day', dayOf(sinceMs)).untilMs
  if (untilMs <= endMs) return [{ sinceMs, untilMs }]
  return [{ sinceMs, untilMs: endMs }, ...daysOf({ sinceMs: endMs, untilMs })]
}

/** The last hours before a time, the present one included. */
export function lastHours(nowMs: number, count: number): number[] {
  const present = Math.floor(nowMs / hourMs) * hourMs
  return Array.from({ length: count }, (_, i) => present - i * hourMs)
}

/** A time as statements take it. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
