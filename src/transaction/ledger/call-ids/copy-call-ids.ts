import type { Session } from '../../../store/database.ts'
import { isDuplicateKey } from '../../../store/sqlstate.ts'
import { insert, type Table } from '../../../store/tables/table.ts'

/** A row of call_ids that is added. */
export interface NewCallId {
  readonly key: string
  readonly trace: string
}

const callIds: Table<NewCallId> = {
  name: 'call_ids',
  columns: [
    { name: 'key', type: 'uuid', value: ({ key }) => key },
    { name: 'trace', type: 'uuid', value: ({ trace }) => trace },
  ],
}

function byKey(a: NewCallId, b: NewCallId): number {
  return a.key < b.key ? -1 : 1
}

/**
 * Adds ids that are expected to be in no trace, for less than half of what the server pays to look for each of them first.
 * They are sorted, so that transactions which add the same ids wait for each other in one order. Returns whether none of
 * them was there; else the transaction has failed and must begin again.
 */
export async function copyCallIds(session: Session, ids: readonly NewCallId[]): Promise<boolean> {
  try {
    await insert(session, callIds, ids.toSorted(byKey))
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}
