import { Misconfigured } from '../../../errors.ts'
import type { CommandInput, CommandOption } from '../../command-line/command.ts'
import { localTime } from './human-texts.ts'
import { addDays, dayOf, startOfDay, timeZoneOption } from './time-zone.ts'

/** A time that a command asks about. Whole days of its time zone have `days`. */
export interface Period {
  readonly timeZone: string
  /** The first instant, in milliseconds since 1970. */
  readonly sinceMs: number
  /** The first instant after the period. */
  readonly untilMs: number
  /** The first and last day where the period is whole days; null otherwise. */
  readonly days: { readonly first: string; readonly last: string } | null
}

/** The options that name a period. */
export function periodOptions(since: string): Readonly<Record<string, CommandOption>> {
  return {
    since: {
      value: 'time',
      text: `From when: 24h, 90m; 7d (that many days, today included); a day, 2026-11-01; or RFC 3339. ${since}`,
    },
    until: { value: 'time', text: 'Until when, as --since takes it; a day is included. Now without it.' },
  }
}

/** The period of `--since` and `--until`; `since` is used where the command line names none. */
export function periodOption(input: Pick<CommandInput, 'options' | 'terminal'>, since: string): Period {
  const timeZone = timeZoneOption(input)
  const nowMs = input.terminal.nowMs()
  const begin = boundary('since', input.options.get('since')?.[0] ?? since, { timeZone, nowMs })
  const until = input.options.get('until')?.[0]
  const end = until === undefined ? null : boundary('until', until, { timeZone, nowMs })
  const last = end === null ? dayOf(nowMs, timeZone) : end.day
  const untilMs = end === null ? nowMs : end.day === null ? end.ms : startOfDay(addDays(end.day, 1), timeZone)
  if (begin.ms >= untilMs) throw new Misconfigured('--since must be before --until.')
  return {
    timeZone,
    sinceMs: begin.ms,
    untilMs,
    days: begin.day === null || last === null ? null : { first: begin.day, last },
  }
}

/** Whether the command line names a period. */
export function hasPeriod({ options }: Pick<CommandInput, 'options'>): boolean {
  return options.has('since') || options.has('until')
}

/** Says which period it is: `2026-11-23 to 2026-11-29 (days in UTC)`, or with times. */
export function periodText({ sinceMs, untilMs, days, timeZone }: Period): string {
  if (days !== null) {
    const { first, last } = days
    return first === last ? `${first} (a day in ${timeZone})` : `${first} to ${last} (days in ${timeZone})`
  }
  const text = (ms: number) => localTime(ms, timeZone).slice(0, 16)
  return `${text(sinceMs)} to ${text(untilMs)} (${timeZone})`
}

/** The period of the same length before another one. */
export function previousPeriod(period: Period): Period {
  const { sinceMs, untilMs, days, timeZone } = period
  if (days === null) return { ...period, sinceMs: sinceMs - (untilMs - sinceMs), untilMs: sinceMs }
  const count = Math.round((Date.parse(days.last) - Date.parse(days.first)) / 86_400_000) + 1
  const first = addDays(days.first, -count)
  return {
    timeZone,
    sinceMs: startOfDay(first, timeZone),
    untilMs: sinceMs,
    days: { first, last: addDays(days.first, -1) },
  }
}

interface Boundary {
  readonly ms: number
  /** The day that was meant, where a whole one was. */
  readonly day: string | null
}

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000 }

/** How far back `--since 100000d` may reach at most, in days. */
const mostDays = 36_500

function boundary(option: string, text: string, at: { readonly timeZone: string; readonly nowMs: number }): Boundary {
  const { timeZone, nowMs } = at
  const ago = /^(\d{1,6})([mhdw])$/.exec(text)
  if (ago !== null) {
    const [, number, unit] = ago
    const unitMs = unitsMs[unit!]
    if (unitMs !== undefined) return { ms: nowMs - Number(number) * unitMs, day: null }
    const days = Math.min(mostDays, Math.max(1, Number(number) * (unit === 'w' ? 7 : 1)))
    return startOf(addDays(dayOf(nowMs, timeZone), 1 - days), timeZone)
  }
  if (text === 'today' || text === 'yesterday')
    return startOf(addDays(dayOf(nowMs, timeZone), text === 'today' ? 0 : -1), timeZone)
  if (isDay(text)) return startOf(text, timeZone)
  if (/^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:?\d{2})$/.test(text) && !Number.isNaN(Date.parse(text)))
    return { ms: Date.parse(text), day: null }
  throw new Misconfigured(
    `--${option} can't be ${text}: it takes 24h, 7d, today, a day as 2026-11-01, or a time as 2026-11-01T12:00:00Z.`,
  )
}

function startOf(day: string, timeZone: string): Boundary {
  return { ms: startOfDay(day, timeZone), day }
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text
}
