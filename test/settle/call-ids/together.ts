import type { Facts } from '../../../src/map/facts/facts.ts'
import { shareCalls } from '../../../src/settle/call-ids/shared-calls.ts'
import { derive } from '../../../src/settle/derive.ts'
import type { RowChanges } from '../../../src/settle/model/rows.ts'
import { emptyTrace, type Trace } from '../../../src/settle/model/trace.ts'
import { type TraceChanges, writeDerived } from '../../../src/settle/settle.ts'
import { price } from '../facts.ts'

/** Settles traces that know of each other, by their ids. */
export function settleTogether(facts: readonly Facts[]): Map<string, { trace: Trace; changes: TraceChanges }> {
  const ids = [...new Set(facts.map(({ trace }) => trace))]
  const derived = ids.map((id) =>
    derive(
      emptyTrace(id),
      facts.filter(({ trace }) => trace === id),
    ),
  )
  shareCalls(derived)
  return new Map(derived.map((one) => [one.trace.id, { trace: one.trace, changes: writeDerived(one, price) }]))
}

/** The rows of calls and tool runs that all traces have together. */
export function rowsOf(facts: readonly Facts[]): {
  usage: RowChanges['usage']['added']
  tools: RowChanges['tools']['added']
} {
  const changes = [...settleTogether(facts).values()].map(({ changes: { rows } }) => rows)
  return { usage: changes.flatMap(({ usage }) => usage.added), tools: changes.flatMap(({ tools }) => tools.added) }
}
