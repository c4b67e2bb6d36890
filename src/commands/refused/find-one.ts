import { Misconfigured } from '../../errors.ts'
import type { Database } from '../../store/database.ts'
import { findRefused, type StoredRefusedSpan } from '../../transaction/refused-spans.ts'

/** Finds the refused span whose id begins so. Throws `Misconfigured` where none does, or more than one. */
export async function findOneRefused(database: Database, beginning: string): Promise<StoredRefusedSpan> {
  const [found, ...others] = await findRefused(database, [beginning.toLowerCase()])
  if (found === undefined)
    throw new Misconfigured(
      `nothing refused has an id that begins with ${beginning}. \`spanledger refused list\` shows what there is.`,
    )
  if (others.length > 0)
    throw new Misconfigured(
      `${others.length + 1} ids begin with ${beginning}: ${[found, ...others].map(({ id }) => id).join(', ')}. Write more of the one that is meant.`,
    )
  return found
}
