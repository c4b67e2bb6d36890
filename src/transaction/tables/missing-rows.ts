import { Unavailable } from '../../errors.ts'
import type { Session } from '../../store/database.ts'
import type { StoredRow } from '../../store/tables/table.ts'
import { statement } from '../statements.ts'
import type { WorkflowChange } from '../workflows/workflow-change.ts'

/** By table: the time before which retention has removed rows, in nanoseconds since 1970. */
export type PrunedBefore = ReadonlyMap<string, bigint>

/** Reads what retention has removed. */
export async function readPruned(session: Session): Promise<PrunedBefore> {
  const rows = await session.query<{ name: string; before: string }>(statement('pruned_before'))
  return new Map(rows.map(({ name, before }) => [name, BigInt(before)]))
}

/** Whether retention has removed the rows of this time, so that they are not missed. */
export function isPruned(prunedBefore: PrunedBefore, table: string, timeNs: bigint): boolean {
  const before = prunedBefore.get(table)
  return before !== undefined && timeNs < before
}

/**
 * Rows of workflows that a transaction has to change are gone: a person or a program has deleted them. The transaction must
 * begin again and write all rows of these workflows.
 */
export class MissingRows extends Unavailable {
  readonly workflows: readonly string[]

  constructor(workflows: readonly string[]) {
    super('rows of runs that this request changes are deleted while it is written')
    this.workflows = workflows
  }
}

/** Collects the workflows whose rows are gone. */
export interface RowWatch {
  /** Returns what takes note of those rows that a statement has not found. It has looked for `rows` in a table. */
  readonly looked: (table: string, rows: readonly PlacedRow[]) => (gone: readonly StoredRow[]) => void
  /** Throws `MissingRows` where rows are gone that retention has not removed. */
  readonly check: () => void
}

interface PlacedRow {
  readonly id: string
  readonly place: { readonly workflow: string }
}

/** Watches for the rows of workflows that a transaction changes. A task that is deleted needs none of its rows. */
export function watchRows(workflows: readonly WorkflowChange[], prunedBefore: PrunedBefore): RowWatch {
  const missing = new Set<string>()
  const watched = () =>
    new Set(
      workflows
        // a task that is new may miss rows, too: those that move to it from another run
        .filter(({ after, before }) => after !== null && !isTaskPruned((before ?? after).row.startedNs))
        .map(({ workflow }) => workflow),
    )
  const isTaskPruned = (startedNs: bigint) => isPruned(prunedBefore, 'task_executions', startedNs)
  return {
    looked: (table, rows) => (gone) => {
      if (gone.length === 0) return
      const workflowOf = new Map(rows.map(({ id, place }) => [id, place.workflow]))
      const expected = watched()
      for (const { id, timeNs } of gone) {
        const workflow = workflowOf.get(id)!
        if (expected.has(workflow) && !isPruned(prunedBefore, table, timeNs)) missing.add(workflow)
      }
    },
    check() {
      if (missing.size > 0) throw new MissingRows([...missing])
    },
  }
}
