import { noShare } from '../../settle/share/share.ts'
import type { Database, Session } from '../../store/database.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { shareFromText } from '../ledger/share-codec.ts'
import { statement } from '../statements.ts'
import type { Contribution } from '../workflows/lock-workflows.ts'
import type { RunChanges } from './run-changes.ts'

/** The most traces of a run of older rules that one transaction settles again. */
export const mostResettledTraces = 200

/** Which workflows a transaction writes again, and how. */
export interface PartOfRuns {
  /** The workflows whose rows are all written again. */
  readonly rewritten: ReadonlySet<string>
  /** The workflows that have too many traces for that: only the rows of locked outdated traces are written again. */
  readonly inParts: ReadonlySet<string>
  /** Rows could not be assigned to traces, or are gone: no workflow is written again in parts. */
  readonly isWhole?: boolean
}

/** What a transaction has settled again. */
export interface Resettled {
  readonly traces: readonly string[]
  /** The workflows of which other traces may be left. */
  readonly inParts: ReadonlySet<string>
  readonly changes: RunChanges
}

interface Attempted extends PartOfRuns {
  readonly others: readonly string[]
  readonly resettle?: { readonly all: boolean }
}

interface PartOptions {
  readonly database: Database
  readonly rules?: number
  readonly mostResettledTraces?: number
}

/**
 * Decides how workflows that outdated traces have a part in are written again: whole, or in parts where one of them has many
 * traces. Where runs are settled again, the part is the given traces and those of their runs that follow by their ids.
 */
export async function nextPart(
  { database, rules, mostResettledTraces: most = mostResettledTraces }: PartOptions,
  { others, rewritten, inParts, isWhole = false, resettle }: Attempted,
  outdated: readonly string[],
): Promise<Pick<Attempted, 'others' | 'rewritten' | 'inParts'>> {
  const again = new Set([...rewritten, ...inParts, ...outdated])
  return database.transaction(async (session) => {
    const isLarge = inParts.size > 0 || (!isWhole && (await hasManyTraces(session, again, most)))
    if (!isLarge) return { others, rewritten: again, inParts }
    const after = resettle === undefined ? undefined : others[0]
    const keys = [[...again], after, resettle?.all ? null : rules, most]
    const more =
      after === undefined ? [] : await session.query<{ trace: string }>(statement('next_traces_of_runs'), keys)
    return { others: [...others, ...more.map(({ trace }) => trace)], rewritten: new Set<string>(), inParts: again }
  })
}

async function hasManyTraces(session: Session, workflows: ReadonlySet<string>, most: number): Promise<boolean> {
  return (await session.query(statement('runs_of_many_traces'), [[...workflows], most])).length > 0
}

/** The traces that are settled again, and the workflows that are written again in parts. */
interface OutdatedPart {
  readonly outdated: readonly LockedTrace[]
  readonly inParts: ReadonlySet<string>
}

/**
 * Returns what traces contribute, with the shares by the books before it for those of outdated traces: these shares were
 * made by other rules, so nothing in memory has them.
 */
export async function withStoredShares(
  session: Session,
  contributions: readonly Contribution[],
  { outdated, inParts }: OutdatedPart,
): Promise<readonly Contribution[]> {
  if (inParts.size === 0) return contributions
  const ids = new Set(outdated.map(({ trace }) => trace.id))
  const rows = await session.query<{ workflow: string; trace: string; share: string }>(
    statement('stored_shares_of_traces'),
    [[...inParts], [...ids]],
  )
  const before = new Map(rows.map(({ workflow, trace, share }) => [`${trace} ${workflow}`, shareFromText(share)]))
  const again = outdated.flatMap(({ trace }) => {
    const stored = rows.filter((row) => row.trace === trace.id).map(({ workflow }) => workflow)
    return [...new Set([...stored, ...trace.shares.keys()])].map((workflow) => ({
      workflow,
      trace: trace.id,
      before: before.get(`${trace.id} ${workflow}`) ?? noShare,
      after: trace.shares.get(workflow)?.lastClosed ?? noShare,
    }))
  })
  return [...contributions.filter(({ trace }) => !ids.has(trace)), ...again]
}
