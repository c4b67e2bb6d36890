import { type CostPart, costParts } from '../../settle/prices/call-cost.ts'
import type { Database } from '../../store/database.ts'
import { readOnly } from '../read-only.ts'
import { queryStatement } from '../statements.ts'
import { timeOf } from '../times.ts'

/** The parts of a call that are tokens, as `token_usage.cost_parts` names them. */
export const tokenParts: readonly TokenPart[] = costParts.filter((part) => part !== 'web_search' && part !== 'request')

export type TokenPart = Exclude<CostPart, 'web_search' | 'request'>

/** Calls of a day that a bill would have on the same lines. Numbers are whole, as text; costs in nano-dollars. */
export type BilledGroup = {
  /** The day in UTC. */
  readonly day: string
  readonly provider: string
  readonly model: string
  readonly tier: string | null
  readonly project: string | null
  readonly key: string | null
  readonly tenant: string | null
  readonly source: string | null
  readonly calls: string
  readonly webSearches: string
  readonly costOfSearches: string
  readonly costOfRequests: string
  /** The cost that its sender states as a whole. */
  readonly whole: string
} & { readonly [Part in TokenPart]: { readonly quantity: string; readonly cost: string } }

const dayMs = 86_400_000

/** Sums up the calls of a time by what a bill tells apart, a day at a time. */
export async function* billedGroups(
  database: Database,
  { sinceMs, untilMs }: { readonly sinceMs: number; readonly untilMs: number },
): AsyncGenerator<readonly BilledGroup[]> {
  const [days] = await readOnly(database, (session) =>
    session.query<{ first: string | null; last: string | null }>(queryStatement('days_of_calls'), [
      timeOf(sinceMs),
      timeOf(untilMs),
    ]),
  )
  if (days?.first == null || days.last === null) return
  for (let at = Date.parse(days.first); at <= Date.parse(days.last); at += dayMs) {
    const day = new Date(at).toISOString().slice(0, 10)
    const times = [timeOf(Math.max(at, sinceMs)), timeOf(Math.min(at + dayMs, untilMs))]
    const rows = await readOnly(database, (session) =>
      session.query<Omit<BilledGroup, 'day'>>(queryStatement('billed_parts'), times),
    )
    yield rows.map((row) => ({ ...row, day }) as BilledGroup)
  }
}
