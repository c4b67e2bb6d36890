import type { Facts } from '../map/facts/facts.ts'
import { BadEntry, BadRow } from '../store/database.ts'

/**
 * Returns the fact of a batch that an error of the writer is about. `unknown` means that the database refuses a value and
 * doesn't name its row, or names a row that comes from no single fact of the batch. null means that no row is at fault.
 */
export function failingFact(error: unknown, batch: readonly Facts[]): Facts | 'unknown' | null {
  if (!(error instanceof BadRow)) return null
  if (!(error instanceof BadEntry)) return 'unknown'
  const origin = originOf(error.entry)
  return batch.find(({ trace, id }) => trace === origin?.trace && id === origin.node) ?? 'unknown'
}

/** The span or record that a row was made of. */
interface RowOrigin {
  readonly trace: string
  readonly node: string
}

/** An entry of the ledger holds the facts of several spans; an entry of a fact table holds a row with its place. */
function originOf(entry: unknown): RowOrigin | undefined {
  const { place, row } = entry as { place?: RowOrigin; row?: { place?: RowOrigin } }
  return place ?? row?.place
}
