import type { Session } from '../database.ts'
import { storeStatement } from '../statements.ts'
import type { Month } from './months.ts'

/** A table as the catalogue describes it. Names that go into SQL are quoted already. */
export interface TableLayout {
  /** The name with its schema. */
  readonly qualified: string
  readonly schema: string
  readonly isPartitioned: boolean
  readonly owner: string
  /** Of a table or its partitions, as `with` takes them: `fillfactor=90`; null without any. */
  readonly storageOptions: string | null
  /** An SQL literal, or NULL. */
  readonly comment: string
  readonly indexes: readonly IndexLayout[]
  /** Checks (c) and foreign keys (f). */
  readonly constraints: readonly { readonly name: string; readonly type: 'c' | 'f'; readonly definition: string }[]
  readonly triggers: readonly { readonly name: string; readonly definition: string }[]
  /** Statements that grant to others what they may do with the table. */
  readonly grants: readonly string[]
  /** What a partitioned table can't have, or what would go on to mean the old table. */
  readonly obstacles: readonly string[]
}

/** The columns of a unique index, and the condition of the rows that are in it. */
export interface UniqueIndex {
  readonly columns: readonly string[]
  readonly predicate: string | null
}

/** An index of a table. */
export interface IndexLayout extends UniqueIndex {
  readonly name: string
  readonly definition: string
  readonly isUnique: boolean
  readonly isPrimary: boolean
  /** False after a CREATE INDEX CONCURRENTLY that failed. */
  readonly isValid: boolean
  /** The name of the constraint that the index belongs to. */
  readonly constraint: string | null
}

/** Describes a table; null where it doesn't exist. */
export async function readLayout(session: Session, table: string): Promise<TableLayout | null> {
  const [layout] = await session.query<TableLayout>(storeStatement('table_layout'), [table])
  return layout ?? null
}

/** A partition and its bounds: the first month in it, and the month after its last; null where it has no such bound. */
export interface Partition {
  readonly name: string
  readonly qualified: string
  readonly from: Month | null
  readonly to: Month | null
}

/** Lists the partitions of a table in the order of time; none where it is not partitioned. */
export async function readPartitions(session: Session, table: string): Promise<Partition[]> {
  // bounds are written in the session's time zone
  await session.query("set local timezone = 'UTC'")
  const rows = await session.query<{ name: string; qualified: string; bound: string }>(
    storeStatement('table_partitions'),
    [table],
  )
  const partitions = rows.map(({ name, qualified, bound }) => {
    const [, from, to] = /FROM \('?(.*?)'?\) TO \('?(.*?)'?\)/.exec(bound) ?? []
    return { name, qualified, from: monthIn(from), to: monthIn(to) }
  })
  return partitions.sort((a, b) => ((a.from ?? '') < (b.from ?? '') ? -1 : 1))
}

/** Reads a bound like 2026-11-01 00:00:00+00; MINVALUE and MAXVALUE are none. */
function monthIn(bound: string | undefined): Month | null {
  return /^\d{4,}-\d\d/.exec(bound ?? '')?.[0] ?? null
}
