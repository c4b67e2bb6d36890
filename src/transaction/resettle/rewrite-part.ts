import { type RowIdentity, rowId } from '../../settle/model/ids.ts'
import type { RowChanges } from '../../settle/model/rows.ts'
import { identityOfNode } from '../../settle/model/trace.ts'
import type { Session } from '../../store/database.ts'
import type { LockedTrace } from '../ledger/locked-trace.ts'
import { statement } from '../statements.ts'
import { MissingRows } from '../tables/missing-rows.ts'
import { type Rewriting, rewriteRowsOfTraces, type WantedRows, withTaskEvents } from '../tables/rewrite-rows.ts'

/** The rows of outdated traces, for workflows that are written again in parts. */
export interface RewrittenPart extends Omit<Rewriting, 'isCompared' | 'others'> {
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
  const hashes = hashesOf(traces, wanted)
  await rewriteRowsOfTraces(session, { ...part, others: [], isCompared: (id) => hashes.has(hashIn(id)) }, wanted)
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
  }) => {
    const ofTraces = (rows: readonly Row[]) => rows.filter(({ place }) => isOf(place.trace))
    return { added: ofTraces(table.added), removed: ofTraces(table.removed), moved: ofTraces(table.moved) }
  }
  const { events, usage, tools, agents, reports } = changes
  return { events: part(events), usage: part(usage), tools: part(tools), agents: part(agents), reports }
}

/** The hashes in the ids of all rows that traces have, or can have had by other rules. */
function hashesOf(traces: readonly LockedTrace[], { events, usage, tools, agents }: WantedRows): Set<string> {
  const hashes = new Set<string>()
  const add = (identity: RowIdentity) => hashes.add(hashIn(rowId(identity, 0)))
  for (const { trace } of traces) for (const node of trace.nodes.values()) add(identityOfNode(trace, node))
  for (const table of [events, usage, tools, agents]) for (const { id } of table.added) hashes.add(hashIn(id))
  return hashes
}

/** The hash in the id of a row that comes from a span, a record or a tool call, without its time and ordinal. */
function hashIn(id: string): string {
  return id.slice(12, 28)
}
