import type { Facts } from '../map/facts/facts.ts'
import { BadEntry, BadRow } from '../store/database.ts'

/**
 * The fact of a batch that an error of the writer is about. `unknown`: the database refuses a value and doesn't name its
 * row, or names a row that comes from no single fact of the batch. null: the error is about no row.
 */
export function failingFact(error: unknown, batch: readonly Facts[]): Facts | 'unknown' | null {
  if (!(error instanceof BadRow)) return null
  if (!(error instanceof BadEntry)) return 'unknown'
  const origin = originOf(error.entry)
  return batch.find(({ trace, id }) => trace === origin?.trace && id === origin.node) ?? 'unknown'
}

interface Origin {
  readonly trace: string
  readonly node: string
}

/** Entries of the ledger hold facts, those of the fact tables a row with its place. */
function originOf(entry: unknown): Origin | undefined {
  const { facts, place, row } = entry as { facts?: Facts; place?: Origin; row?: { place?: Origin } }
  return facts === undefined ? (place ?? row?.place) : { trace: facts.trace, node: facts.id }
}
