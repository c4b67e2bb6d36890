import { z } from 'zod'
import { type Period, periodOption } from '../commands/formats/table/period.ts'
import { Misconfigured } from '../errors.ts'
import { WrongRequest } from './http/page-errors.ts'

/** A parameter that is a text. */
export const textParameter: z.ZodType<string | undefined> = z.string().max(1_000).optional()

/** A time: `24h`, `7d`, a day, or RFC 3339. */
export const timeParameter: z.ZodType<string | undefined> = z
  .string()
  .max(40)
  .describe('24h, 90m; 7d (that many days, today included); today; a day, 2026-11-01; or RFC 3339')
  .optional()

/** A whole number with a default. */
export function numberParameter(least: number, most: number, preset: number): z.ZodType<number> {
  return z.coerce.number().int().min(least).max(most).default(preset)
}

/** The parameters of a period. */
export const periodParameters: {
  readonly since: z.ZodType<string | undefined>
  readonly until: z.ZodType<string | undefined>
} = { since: timeParameter, until: timeParameter }

export interface PeriodParameters {
  readonly since?: string | undefined
  readonly until?: string | undefined
}

/** Reads a period; its days are those of UTC. `since` is used where the parameters name none. */
export function periodOf({ since, until }: PeriodParameters, preset: string): Period {
  const given = Object.entries({ since, until }).flatMap(([name, value]): [string, string[]][] =>
    value === undefined ? [] : [[name, [value]]],
  )
  try {
    return periodOption({ options: new Map(given), terminal: { nowMs: Date.now } as never }, preset)
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error
    throw new WrongRequest(400, 'wrong-parameter', error.message.replaceAll('--', ''))
  }
}

/** The instants of a period where one is named; null: no bound. */
export function periodBoundsOf(parameters: PeriodParameters): {
  readonly sinceMs: number | null
  readonly untilMs: number | null
} {
  const { since, until } = parameters
  if (since === undefined && until === undefined) return { sinceMs: null, untilMs: null }
  const { sinceMs, untilMs } = periodOf({ since: since ?? '1970-01-01', until }, '')
  return { sinceMs: since === undefined ? null : sinceMs, untilMs: until === undefined ? null : untilMs }
}

/** A time in milliseconds as RFC 3339. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
