import { Misconfigured } from '../../../errors.ts'
import type { CommandInput } from '../../command-line/command.ts'
import { localTime } from './human-texts.ts'

/** The time zone that `--timezone` names, by its IANA name; UTC without it. Throws `Misconfigured` for an unknown one. */
export function timeZoneOption({ options }: Pick<CommandInput, 'options'>): string {
  const [name] = options.get('timezone') ?? []
  if (name === undefined) return 'UTC'
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    throw new Misconfigured(
      `--timezone can't be ${name}: it takes a name such as UTC, Europe/Berlin, America/New_York.`,
    )
  }
}

/** Returns the instant, in milliseconds, at which a day (2026-11-29) begins in a time zone. */
export function startOfDay(day: string, timeZone: string): number {
  const asUtc = Date.parse(`${day}T00:00:00Z`)
  // the offset at the instant itself may be another one than at midnight UTC, where clocks change on that day
  const guess = asUtc - offsetAt(asUtc, timeZone)
  return asUtc - offsetAt(guess, timeZone)
}

/** The day of an instant in a time zone: 2026-11-29. */
export function dayOf(ms: number, timeZone: string): string {
  return localTime(ms, timeZone).slice(0, 10)
}

/** The day that comes so many days after another one. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** Milliseconds by which a time zone's clocks are ahead of UTC at an instant. */
function offsetAt(ms: number, timeZone: string): number {
  return Date.parse(`${localTime(ms, timeZone).replace(' ', 'T')}Z`) - ms
}
