import { rowId } from '../../settle/model/ids.ts'
import type { RowChanges } from '../../settle/model/rows.ts'
import { identityOfNode } from '../../settle/model/trace.ts'
import { taskEventIds } from '../../settle/workflow/task-row.ts'
import type { Session } from '../../store/database.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { statement } from '../statements.ts'
import { MissingRows } from '../tables/missing-rows.ts'
import { type Rewriting, rewriteRowsOfTraces, type WantedRows, withTaskEvents } from '../tables/rewrite-rows.ts'

/** The rows of outdated traces, for workflows that are written again in parts. */
export interface RewrittenPart extends Omit<Rewriting, 'comparedHashes' | 'others'> {
  readonly traces: readonly LockedTrace[]
  readonly inParts: ReadonlySet<string>
}

/**
 * Writes the rows of outdated traces again, and no others of their workflows. Which stored rows are of these traces is seen
 * by the hashes in their ids. Throws `MissingRows` where the sums are not those of the rows then, because older rules made
 * other ids or rows are gone: the workflows must be written again whole.
 */
export async function rewritePart(session: Session, part: RewrittenPart, rows: RowChanges): Promise<void> {
  const { workflows, traces, inParts } = part
  // a platform's foreign keys want that a task that goes loses its rows first
  const going = workflows.filter(({ before, after }) => before !== null && after === null)
  if (going.length > 0) throw new MissingRows(going.map(({ workflow }) => workflow))
  const ids = new Set(traces.map(({ trace }) => trace.id))
  const again = workflows.filter(({ workflow }) => inParts.has(workflow))
  const wanted = withTaskEvents(
    rowsOfTraces(rows, (trace) => ids.has(trace)),
    again,
  )
  const comparedHashes = hashesOfPart({ traces, tasks: again.map(({ task }) => task) }, [wanted])
  await rewriteRowsOfTraces(session, { ...part, others: [], comparedHashes }, wanted)
  await session.query(statement('renumber_calls'), [workflows.map(({ task }) => task)])
  const unbalanced = await session.query<{ workflow: string }>(statement('unbalanced_runs'), [[...inParts]])
  if (unbalanced.length > 0) throw new MissingRows(unbalanced.map(({ workflow }) => workflow))
}

/** Returns the changes of rows that come from certain traces. Reports are left as they are. */
export function rowsOfTraces(changes: RowChanges, isOf: (trace: string) => boolean): RowChanges {
  const part = <Row extends { readonly place: { readonly trace: string } }>(table: {
    readonly added: readonly Row[]
    readonly removed: readonly Row[]
    readonly moved: readonly Row[]
    readonly reassigned: readonly Row[]
  }) => {
    const ofTraces = (rows: readonly Row[]) => rows.filter(({ place }) => isOf(place.trace))
    return {
      added: ofTraces(table.added),
      removed: ofTraces(table.removed),
      moved: ofTraces(table.moved),
      reassigned: ofTraces(table.reassigned),
    }
  }
  const { events, usage, tools, agents, reports } = changes
  return { events: part(events), usage: part(usage), tools: part(tools), agents: part(agents), reports }
}

/**
 * Returns the hashes in the ids of all rows that traces have, or can have had by other rules, and of all events that tasks can
 * have.
 */
export function hashesOfPart(
  { traces, tasks }: { readonly traces: readonly LockedTrace[]; readonly tasks: Iterable<string> },
  rows: readonly WantedRows[],
): string[] {
  const hashes = new Set<string>()
  const add = (id: string) => hashes.add(hashIn(id))
  for (const { trace } of traces) for (const node of trace.nodes.values()) add(rowId(identityOfNode(trace, node), 0))
  for (const { events, usage, tools, agents } of rows)
    for (const table of [events, usage, tools, agents]) for (const { id } of table.added) add(id)
  for (const task of tasks) for (const id of taskEventIds(task)) add(id)
  return [...hashes]
}

/**
 * The hash in the id of a row that comes from a span, a record or a tool call, without its time and ordinal: as
 * `substr(id::text, 15, 18)` has it, with dashes.
 */
function hashIn(id: string): string {
  return `${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20, 28)}`
}
