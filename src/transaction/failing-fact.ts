import type { Facts } from '../map/facts/facts.ts'
import { BadEntry, BadRow } from '../store/database.ts'

/**
 * Which of a batch's facts an error of the writer is about: `unknown` where a value is refused and nobody knows whose,
 * null where it is no row's fault.
 */
export function blamed(error: unknown, batch: readonly Facts[]): Facts | 'unknown' | null {
  if (!(error instanceof BadRow)) return null
  if (!(error instanceof BadEntry)) return 'unknown'
  const whose = originOf(error.entry)
  return batch.find(({ trace, id }) => trace === whose?.trace && id === whose.node) ?? 'unknown'
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
